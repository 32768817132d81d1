import type { Family, Prefix } from '@loadstone/ip'

export type RouteCounts = { readonly [family in Family]: number }

/** Why a route the caller wants announced is not. `too-long`: its attributes alone fill a message. */
export type NotAdvertisedReason = 'family-not-agreed' | 'no-next-hop' | 'add-path-not-agreed' | 'too-long'
export type Unannounced = { readonly prefix: Prefix; readonly reason: NotAdvertisedReason }
