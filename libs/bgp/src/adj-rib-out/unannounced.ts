import type { Family, Prefix } from '@loadstone/ip'

/** Numbers of prefixes, by family. */
export type RouteCounts = { readonly [family in Family]: number }

/** Why a route is not advertised. `too-long`: its attributes alone fill a message. */
export type NotAdvertisedReason = 'family-not-agreed' | 'no-next-hop' | 'add-path-not-agreed' | 'too-long'
/** A route that cannot be advertised to the peer at present. */
export type Unannounced = { readonly prefix: Prefix; readonly reason: NotAdvertisedReason }
