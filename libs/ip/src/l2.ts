import type { Ip } from './ip'
import type { Mac } from './mac'

/**
 * What an address is on one interface. 'owned': the interface answers for the address, with `mac` instead of its own MAC if it stands in for
 * another owner. 'probing': the interface asks whether another station uses the address. 'other-interface': it is announced, but not here.
 */
export type AddressRole = { readonly as: 'owned'; readonly mac?: Mac } | { readonly as: 'probing' } | { readonly as: 'other-interface' }
export type AddressRoles = ReadonlyMap<Ip, AddressRole>

/** A station that uses, or is about to use, an address that is owned or probed here. */
export type AddressConflict = { readonly ip: Ip; readonly mac: Mac }

/** Why ARP and NDP alike leave a frame unanswered: a label of the metric, a reason in the log. Each protocol adds its own reasons. */
export type IgnoredReason =
  | 'malformed'
  | 'own-frame'
  | 'conflict'
  | 'not-addressed-to-us'
  | 'no-station'
  | 'not-announced'
  | 'not-on-this-interface'

/** RFC 1812 §3.3.2: a group's MAC or an all-zero MAC is no station's, so nothing is sent to it. */
export const isUnicastMac = (mac: Mac): boolean => (Number.parseInt(mac.slice(0, 2), 16) & 1) === 0 && mac !== '00:00:00:00:00:00'

/** RFC 5227 §1.1, DEFEND_INTERVAL. RFC 4862 leaves a conflict with an IPv6 address in use to the implementation. */
const defendIntervalMillis = 10_000

/**
 * RFC 5227 §2.4 (c): whether a conflict at `now` may be answered with an announcement, given when the address was last defended, both in
 * milliseconds of one clock. Once an interval, so that two stations that both insist do not flood the network.
 */
export function mayDefend(defendedAt: number | undefined, now: number): boolean {
  return defendedAt === undefined || now - defendedAt >= defendIntervalMillis
}

/**
 * When to announce after an address was taken: at once, then every 1.1 s for 5 s, because kernels take an update of a neighbour at most
 * once a second. MetalLB's cadence. Deviates: RFC 4861 §7.2.6 has at most three; hosts that join the link meanwhile learn from the others.
 */
export const announcementDelaysMillis: readonly number[] = [0, 1_100, 2_200, 3_300, 4_400]

/**
 * When to probe before an address is taken over. Deviates: RFC 5227 §1.1 has three probes 1 to 2 s apart and RFC 4862 §5.1 one and 1 s of
 * silence. A takeover cannot wait; the planner assigned the address, and conflicts are watched for afterwards too.
 * @experimental takeovers are not built yet.
 */
export const probeDelaysMillis: readonly number[] = [0, 50, 100]
/** How long to listen for a conflict, from the first probe on. @experimental */
export const probeWindowMillis = 150
