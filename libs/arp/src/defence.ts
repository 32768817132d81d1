/** RFC 5227 §1.1, DEFEND_INTERVAL. */
export const defendIntervalMillis = 10_000

/**
 * RFC 5227 §2.4 (c): whether a conflict at `now` may be answered with an announcement, given when the address was last defended. Once an
 * interval, so that two stations that both insist do not flood the network.
 */
export function mayDefend(defendedAt: number | undefined, now: number): boolean {
  return defendedAt === undefined || now - defendedAt >= defendIntervalMillis
}

/**
 * When to announce after an address was taken: at once, then every 1.1 s for 5 s, because kernels take an update of a neighbour at most
 * once a second. MetalLB's cadence.
 */
export const announcementDelaysMillis: readonly number[] = [0, 1_100, 2_200, 3_300, 4_400]

/**
 * When to probe before an address is taken, and how long to listen in all. Deviates: RFC 5227 §1.1 has three probes 1 to 2 s apart and 2 s
 * of silence. A takeover cannot wait; the address has been ours to give since it was planned, and conflicts are watched for afterwards too.
 */
export const probeDelaysMillis: readonly number[] = [0, 50, 100]
export const probeWindowMillis = 150
