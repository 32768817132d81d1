import { bits, type Codec, encodeToBytes, prefixed, Reader, refine, rest, struct, u8, u32, type ValueOf, WireError } from '@loadstone/wire'

/** bfd.SessionState, in the order of its numbers: RFC 5880 §4.1. */
export const sessionStates = ['admin-down', 'down', 'init', 'up'] as const
export type BfdSessionState = (typeof sessionStates)[number]

/** A BFD control packet, RFC 5880 §4.1. Version 1 and a clear multipoint bit are part of the format, so they are no fields. */
export type ControlPacket = {
  /** 0–31; words for it are in diagnostics.ts. */
  readonly diagnostic: number
  readonly state: BfdSessionState
  readonly poll: boolean
  readonly final: boolean
  readonly controlPlaneIndependent: boolean
  readonly demand: boolean
  /** 1–255. */
  readonly detectMultiplier: number
  readonly myDiscriminator: number
  readonly yourDiscriminator: number
  readonly desiredMinTxMicros: number
  readonly requiredMinRxMicros: number
  readonly requiredMinEchoRxMicros: number
  /** The authentication section as it was sent; absent when the A bit is clear. */
  readonly authentication?: Uint8Array
}

const mandatoryOctets = 24
const octetsUpToLength = 4

/** The length field counts the whole packet, the octets before it included: RFC 5880 §4.1. */
const lengthOfWhole: Codec<number> = {
  decode: (from, field) => {
    const at = from.at
    const octets = u8.decode(from, field)
    if (octets < mandatoryOctets) throw new WireError('out-of-range', at, field)
    return octets - octetsUpToLength
  },
  encode: (to, value, field) => u8.encode(to, value + octetsUpToLength, field),
}

/** The rows of the figure in RFC 5880 §4.1. */
const layout = struct({
  lead: bits({ version: 3, diagnostic: 5 }),
  flags: bits({ state: 2, poll: 1, final: 1, independent: 1, authenticated: 1, demand: 1, multipoint: 1 }),
  detectMultiplier: u8,
  body: prefixed(
    lengthOfWhole,
    struct({
      myDiscriminator: u32,
      yourDiscriminator: u32,
      desiredMinTxMicros: u32,
      requiredMinRxMicros: u32,
      requiredMinEchoRxMicros: u32,
      authentication: rest,
    }),
  ),
})
type Layout = ValueOf<typeof layout>

/** Reception rules that need no session, RFC 5880 §6.8.6, in the order the section lists them. */
const checked = refine(layout, ({ lead, flags, detectMultiplier, body }) => {
  if (lead.version !== 1) return 'version'
  if (flags.authenticated === 1 && body.authentication.length < 2) return 'length'
  if (detectMultiplier === 0) return 'detect multiplier'
  if (flags.multipoint !== 0) return 'multipoint'
  if (body.myDiscriminator === 0) return 'my discriminator'
  return undefined
})

/** The codec of a control packet. Octets inside the length without an A bit are ignored: no rule of RFC 5880 discards such a packet. */
export const bfdControl: Codec<ControlPacket> = {
  decode: (from, field) => meaning(checked.decode(from, field)),
  encode: (to, value, field) => checked.encode(to, figure(value), field),
}

/** Decodes a UDP payload. Octets after the packet's own length are ignored (RFC 5880 §6.8.6). Throws WireError. */
export const decodeControl = (payload: Uint8Array): ControlPacket => bfdControl.decode(new Reader(payload), 'bfd')

/** Encodes a packet. Throws WireError when a number does not fit its field. */
export const encodeControl = (packet: ControlPacket): Uint8Array => encodeToBytes(bfdControl, packet, 'bfd')

function meaning({ lead, flags, detectMultiplier, body: { authentication, ...body } }: Layout): ControlPacket {
  return {
    diagnostic: lead.diagnostic,
    state: sessionStates[flags.state] ?? 'down',
    poll: flags.poll === 1,
    final: flags.final === 1,
    controlPlaneIndependent: flags.independent === 1,
    demand: flags.demand === 1,
    detectMultiplier,
    ...body,
    ...(flags.authenticated === 1 ? { authentication } : {}),
  }
}

function figure(packet: ControlPacket): Layout {
  const { authentication = new Uint8Array(), myDiscriminator, yourDiscriminator } = packet
  const { desiredMinTxMicros, requiredMinRxMicros, requiredMinEchoRxMicros } = packet
  return {
    lead: { version: 1, diagnostic: packet.diagnostic },
    flags: {
      state: sessionStates.indexOf(packet.state),
      poll: Number(packet.poll),
      final: Number(packet.final),
      independent: Number(packet.controlPlaneIndependent),
      authenticated: Number(packet.authentication !== undefined),
      demand: Number(packet.demand),
      multipoint: 0,
    },
    detectMultiplier: packet.detectMultiplier,
    body: { myDiscriminator, yourDiscriminator, desiredMinTxMicros, requiredMinRxMicros, requiredMinEchoRxMicros, authentication },
  }
}
