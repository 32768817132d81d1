import type { Ip, Mac } from '@loadstone/ip'
import { ipToBytes, macFromBytes } from '@loadstone/ip/bytes'
import { bits, type Codec, convert, many, only, refine, struct, u8, u16, type ValueOf } from '@loadstone/wire'
import { inEthernet } from './ethernet'
import { type Icmpv6, icmpv6Packet, ipv6 } from './icmpv6'
import { type NdpOption, option, optionType } from './option'

export const type = { solicitation: 135, advertisement: 136 } as const
export const unspecified = '::' as Ip

/** RFC 4861 §4.3 and §4.4: one layout; the flags have a meaning in an advertisement only. */
const layout = struct({
  type: refine(u8, (code) => (code === type.solicitation || code === type.advertisement ? undefined : 'type')),
  code: only(u8, 0),
  checksum: u16,
  flags: bits({ router: 1, solicited: 1, override: 1, reserved: 29 }),
  target: ipv6,
  options: many(option),
})

export type NdpMessage = {
  readonly type: number
  readonly flags: { readonly router: number; readonly solicited: number; readonly override: number }
  readonly target: Ip
  readonly options: readonly NdpOption[]
}

/** Without constant fields and without the reserved bits, which a receiver ignores. */
const message: Codec<NdpMessage> = convert(
  layout,
  ({ type: code, flags: { router, solicited, override }, target, options }) => ({
    type: code,
    flags: { router, solicited, override },
    target,
    options,
  }),
  (value) => ({ ...value, code: 0 as const, checksum: 0, flags: { ...value.flags, reserved: 0 } }),
)

/** Neighbour solicitation and advertisement in an Ethernet frame. What RFC 4861 §7.1 wants discarded is not decoded. */
export const ndpFrame = inEthernet(refine(icmpv6Packet(message), invalid))
export type NdpFrame = ValueOf<typeof ndpFrame>

/** RFC 4861 §7.1.1 and §7.1.2 beyond lengths, hop limit, checksum and code; RFC 4291 §2.7: a group is no source. */
function invalid({ source, destination, message: { type: code, flags, target, options } }: Icmpv6<NdpMessage>): string | undefined {
  if (isMulticast(source)) return 'source is a group'
  if (isMulticast(target)) return 'target is a group'
  if (code === type.advertisement) return flags.solicited === 1 && isMulticast(destination) ? 'solicited, yet to a group' : undefined
  if (source !== unspecified) return undefined
  if (!isSolicitedNode(destination)) return 'from nobody, yet not to a solicited-node group'
  return options.some((found) => found.type === optionType.sourceLinkLayer) ? 'from nobody, yet with a link-layer address' : undefined
}

/** RFC 4291 §2.7: ff00::/8. */
const isMulticast = (ip: Ip): boolean => /^ff[0-9a-f]{2}:/.test(ip)

/** RFC 4291 §2.7.1: ff02::1:ff00:0/104. */
const isSolicitedNode = (ip: Ip): boolean => Buffer.from(ipToBytes(ip)).toString('hex').startsWith('ff0200000000000000000001ff')

/**
 * The MAC that the message claims: the sender's in a solicitation, the target's in an advertisement. Without the link-layer option (RFC 4861
 * §4.3 lets a unicast solicitation omit it) it is the source of the frame.
 */
export function claimedMac({ source, packet }: NdpFrame): Mac {
  const wanted = packet.message.type === type.solicitation ? optionType.sourceLinkLayer : optionType.targetLinkLayer
  const told = packet.message.options.find((found) => found.type === wanted)
  return (told === undefined ? undefined : macFromBytes(told.value)) ?? source
}
