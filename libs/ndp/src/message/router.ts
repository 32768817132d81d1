import { isLinkLocal } from '@loadstone/ip'
import { bits, type Codec, convert, many, only, refine, struct, u8, u16, u32, type ValueOf } from '@loadstone/wire'
import { inEthernet } from './ethernet'
import { icmpv6Packet } from './icmpv6'
import { unspecified } from './neighbour'
import { type NdpOption, option, optionType } from './option'

/** RFC 4861 §4.2. */
export type RouterAdvertisement = {
  /** What hosts are told to put into their packets; 0 tells nothing. */
  readonly hopLimit: number
  readonly flags: { readonly managed: number; readonly other: number }
  /** How long it wants to be a default router; 0: it wants to be none. */
  readonly lifetimeSeconds: number
  /** 0: says nothing. */
  readonly reachableMillis: number
  readonly retransMillis: number
  readonly options: readonly NdpOption[]
}

const advertisementLayout = struct({
  type: only(u8, 134),
  code: only(u8, 0),
  checksum: u16,
  hopLimit: u8,
  flags: bits({ managed: 1, other: 1, reserved: 6 }),
  lifetimeSeconds: u16,
  reachableMillis: u32,
  retransMillis: u32,
  options: many(option),
})

/** The reserved bits, some of which later RFCs gave a meaning, are ignored as a receiver must. */
const advertisementMessage: Codec<RouterAdvertisement> = convert(
  advertisementLayout,
  ({ type, code, checksum, flags: { managed, other }, ...said }) => ({ ...said, flags: { managed, other } }),
  (said) => ({ ...said, type: 134 as const, code: 0 as const, checksum: 0, flags: { ...said.flags, reserved: 0 } }),
)

/** RFC 4861 §4.1. */
export type RouterSolicitation = { readonly options: readonly NdpOption[] }

const solicitationLayout = struct({ type: only(u8, 133), code: only(u8, 0), checksum: u16, reserved: u32, options: many(option) })
const solicitationMessage: Codec<RouterSolicitation> = convert(
  solicitationLayout,
  ({ options }) => ({ options }),
  ({ options }) => ({ type: 133 as const, code: 0 as const, checksum: 0, reserved: 0, options }),
)

/** In an Ethernet frame. What RFC 4861 §6.1.2 wants discarded is not decoded. */
export const routerAdvertisementFrame = inEthernet(
  refine(icmpv6Packet(advertisementMessage), ({ source }) => (isLinkLocal(source) ? undefined : 'source is not link-local')),
)
export type RouterAdvertisementFrame = ValueOf<typeof routerAdvertisementFrame>

/** In an Ethernet frame. What RFC 4861 §6.1.1 wants discarded is not decoded. */
export const routerSolicitationFrame = inEthernet(
  refine(icmpv6Packet(solicitationMessage), ({ source, message: { options } }) =>
    source === unspecified && options.some(({ type }) => type === optionType.sourceLinkLayer)
      ? 'from nobody, yet with a link-layer address'
      : undefined,
  ),
)
export type RouterSolicitationFrame = ValueOf<typeof routerSolicitationFrame>
