/** As RFC 5227 §2.4 for IPv4. RFC 4862 leaves open what to do of a conflict with an address in use. */
export const defendIntervalMillis = 10_000

/** Whether a conflict at `now` may be answered with an advertisement, given when the address was last defended: once an interval. */
export function mayDefend(defendedAt: number | undefined, now: number): boolean {
  return defendedAt === undefined || now - defendedAt >= defendIntervalMillis
}

/**
 * When to advertise after an address was taken: at once, then every 1.1 s for 5 s. Deviates: RFC 4861 §7.2.6 has at most three (never
 * nearer than 1 s), as many as MetalLB sends reach hosts that joined the link meanwhile.
 */
export const advertisementDelaysMillis: readonly number[] = [0, 1_100, 2_200, 3_300, 4_400]

/**
 * When to probe before an address is taken, and how long to listen in all. Deviates: RFC 4862 §5.1 has one probe and 1 s of silence. A
 * takeover cannot wait; the address has been ours to give since it was planned, and conflicts are watched for afterwards too.
 */
export const probeDelaysMillis: readonly number[] = [0, 50, 100]
export const probeWindowMillis = 150
