import { bits, type Codec, prefixed, rest, u8, u16, type ValueOf } from '@loadstone/wire'

/** The high four bits of the flags octet, RFC 4271 §4.3; `extended` follows from the length and is not kept. */
type Flags = { readonly optional: boolean; readonly transitive: boolean; readonly partial: boolean }
export type RawAttribute = { readonly type: number; readonly flags: Flags; readonly value: Uint8Array }

const flagBits = bits({ optional: 1, transitive: 1, partial: 1, extended: 1, unused: 4 })
const short = prefixed(u8, rest)
const long = prefixed(u16, rest)

/** One path attribute, its value still opaque. Values above 255 octets get the two-octet length. */
export const rawAttribute: Codec<RawAttribute> = {
  decode: (from, field) => {
    const head = flagBits.decode(from, `${field}.flags`)
    const type = u8.decode(from, `${field}.type`)
    const value = (head.extended === 1 ? long : short).decode(from, `${field} of type ${type}`)
    return { type, flags: flagsOf(head), value }
  },
  encode: (to, { value, ...attribute }, field) => {
    attributeHead.encode(to, { ...attribute, octets: value.length }, field)
    to.put(value)
  },
}

/** The header of an attribute whose value has this many octets. */
export const attributeHead: Pick<Codec<Omit<RawAttribute, 'value'> & { readonly octets: number }>, 'encode'> = {
  encode: (to, { type, flags, octets }, field) => {
    const extended = Number(octets > 255)
    const { optional, transitive, partial } = flags
    const head = { optional: Number(optional), transitive: Number(transitive), partial: Number(partial), extended, unused: 0 }
    flagBits.encode(to, head, `${field}.flags`)
    u8.encode(to, type, `${field}.type`)
    ;(extended === 1 ? u16 : u8).encode(to, octets, `${field}.length`)
  },
}

/** RFC 4271 §4.3: the lower four bits are ignored when received. */
const flagsOf = ({ optional, transitive, partial }: ValueOf<typeof flagBits>): Flags => ({
  optional: optional === 1,
  transitive: transitive === 1,
  partial: partial === 1,
})

/** Path attribute type codes we read. */
export const attributeTypes = {
  origin: 1,
  asPath: 2,
  nextHop: 3,
  med: 4,
  localPref: 5,
  atomicAggregate: 6,
  aggregator: 7,
  communities: 8, // RFC 1997
  originatorId: 9, // RFC 4456
  clusterList: 10, // RFC 4456
  mpReach: 14, // RFC 4760
  mpUnreach: 15, // RFC 4760
  extendedCommunities: 16, // RFC 4360
  as4Path: 17, // RFC 6793
  as4Aggregator: 18, // RFC 6793
  largeCommunities: 32, // RFC 8092
  onlyToCustomer: 35, // RFC 9234
} as const
export type AttributeName = keyof typeof attributeTypes

const wellKnown: Flags = { optional: false, transitive: true, partial: false }
const nonTransitive: Flags = { optional: true, transitive: false, partial: false }
const transitive: Flags = { optional: true, transitive: true, partial: false }

/** The flags each attribute's own specification gives it. */
export const attributeFlags: Readonly<Record<AttributeName, Flags>> = {
  origin: wellKnown,
  asPath: wellKnown,
  nextHop: wellKnown,
  med: nonTransitive,
  localPref: wellKnown,
  atomicAggregate: wellKnown,
  aggregator: transitive,
  communities: transitive,
  originatorId: nonTransitive,
  clusterList: nonTransitive,
  mpReach: nonTransitive,
  mpUnreach: nonTransitive,
  extendedCommunities: transitive,
  as4Path: transitive,
  as4Aggregator: transitive,
  largeCommunities: transitive,
  onlyToCustomer: transitive,
}
