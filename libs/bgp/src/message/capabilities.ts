import { bits, many, struct, u8, u16, u24, u32 } from '@loadstone/wire'

/** Capability codes we understand. Others are kept as they came. */
export const capabilityCodes = {
  multiprotocol: 1, // RFC 4760 §8
  routeRefresh: 2, // RFC 2918 §2
  extendedNextHop: 5, // RFC 8950 §4
  extendedMessage: 6, // RFC 8654 §3
  role: 9, // RFC 9234 §4.1
  gracefulRestart: 64, // RFC 4724 §3
  fourOctetAs: 65, // RFC 6793 §3
  addPath: 69, // RFC 7911 §4
  enhancedRefresh: 70, // RFC 7313 §3.1
  longLivedGracefulRestart: 71, // RFC 9494 §3.1
} as const

export const multiprotocol = struct({ afi: u16, reserved: u8, safi: u8 })
export const fourOctetAs = u32
export const role = u8
export const extendedNextHop = many(struct({ afi: u16, safi: u16, nextHopAfi: u16 }))
export const addPath = many(struct({ afi: u16, safi: u8, sendReceive: u8 }))

/** RFC 4724 §3, with the N bit of RFC 8538 §2. Each family says whether its forwarding state was kept. */
export const gracefulRestart = struct({
  head: bits({ restarted: 1, notification: 1, reserved: 2, seconds: 12 }),
  families: many(struct({ afi: u16, safi: u8, flags: bits({ forwarding: 1, reserved: 7 }) })),
})

/** RFC 9494 §3.1. */
export const longLivedGracefulRestart = many(struct({ afi: u16, safi: u8, flags: bits({ forwarding: 1, reserved: 7 }), staleSeconds: u24 }))

/** The value of capabilities without content. Its length must be 0. */
export const present = struct({})
