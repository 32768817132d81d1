import { type Codec, convert, decodeExactly, encodeToBytes, Reader, refine, struct, u16, u32, WireError } from '@loadstone/wire'
import { type Fault, type NotificationName, notification, type Remedy } from '../error-codes'
import { ipv4 } from '../family'
import { aggregator, asPath, asTrans, mergeAs4 } from './as-path'
import { type AttributeName, attributeFlags, attributeTypes, type RawAttribute, rawAttribute } from './attribute'
import * as values from './attribute-values'

/** Negotiated facts that decide how attributes are read. */
type AttributeDecoderInput = { readonly internal: boolean; readonly fourOctetAs: boolean }

/** The value of each attribute, before the two kinds of AS path become one. */
type Values = { -readonly [Name in AttributeName]?: (typeof rules)[Name] extends Rule<infer T> ? T : never }

/**
 * How one attribute is read, and what RFC 7606 §7 (or its own RFC) makes of one that cannot be: the remedy, and the NOTIFICATION
 * that RFC 4271 §6.3 had for it. `from` are the peers that may send it; from others it is discarded unread.
 */
type Rule<T> = {
  readonly codec: (as: Codec<number>) => Codec<T>
  readonly remedy: Remedy
  readonly fault: NotificationName
  readonly from?: 'internal' | 'two-octet'
}
const rule = <T>(codec: (as: Codec<number>) => Codec<T>, remedy: Remedy, fault: NotificationName, from?: Rule<T>['from']): Rule<T> => ({
  codec,
  remedy,
  fault,
  ...(from === undefined ? {} : { from }),
})

const atomic: Codec<true> = convert(
  struct({}),
  () => true as const,
  () => ({}),
)
/** RFC 7607 §2: AS 0 makes what carries it malformed. */
const realAs = (as: Codec<number>): Codec<number> => refine(as, (value) => (value === 0 ? 'AS 0' : undefined))
const four = realAs(u32)

const rules = {
  origin: rule(() => values.origin, 'treat-as-withdraw', 'invalidOrigin'),
  asPath: rule(asPath, 'treat-as-withdraw', 'malformedAsPath'),
  nextHop: rule(() => values.hostAddress, 'treat-as-withdraw', 'invalidNextHop'),
  med: rule(() => u32, 'treat-as-withdraw', 'attributeLengthError'),
  localPref: rule(() => u32, 'treat-as-withdraw', 'attributeLengthError', 'internal'),
  atomicAggregate: rule(() => atomic, 'attribute-discard', 'attributeLengthError'),
  aggregator: rule(aggregator, 'attribute-discard', 'attributeLengthError'),
  communities: rule(() => values.communities, 'treat-as-withdraw', 'optionalAttributeError'),
  originatorId: rule(() => ipv4, 'treat-as-withdraw', 'optionalAttributeError', 'internal'),
  clusterList: rule(() => values.clusterList, 'treat-as-withdraw', 'optionalAttributeError', 'internal'),
  mpReach: rule(() => values.mpReach, 'session-reset', 'optionalAttributeError'),
  mpUnreach: rule(() => values.mpUnreach, 'session-reset', 'optionalAttributeError'),
  extendedCommunities: rule(() => values.extendedCommunities, 'treat-as-withdraw', 'optionalAttributeError'),
  as4Path: rule(() => asPath(four), 'attribute-discard', 'optionalAttributeError', 'two-octet'),
  as4Aggregator: rule(() => aggregator(four), 'attribute-discard', 'optionalAttributeError', 'two-octet'),
  largeCommunities: rule(() => values.largeCommunities, 'treat-as-withdraw', 'optionalAttributeError'),
  onlyToCustomer: rule(() => u32, 'treat-as-withdraw', 'optionalAttributeError'),
} as const satisfies Readonly<Record<AttributeName, Rule<unknown>>>

const names = new Map(Object.entries(attributeTypes).map(([name, type]) => [type as number, name as AttributeName]))

export type DecodedAttributes = {
  readonly values: Values
  readonly unknown: readonly RawAttribute[]
  readonly faults: readonly Fault[]
  /** Reachability whose flags contradict it: RFC 7606 §5.3 calls it incorrect, whatever it says. */
  readonly incorrect: ReadonlySet<AttributeName>
}

/** All attributes that can be read, and a fault for each that cannot: one bad attribute never hides the others (RFC 7606 §3). */
export function decodeAttributes(octets: Uint8Array, context: AttributeDecoderInput): DecodedAttributes {
  const { attributes, fault } = split(octets)
  const read: Values = {}
  const unknown: RawAttribute[] = []
  const faults: Fault[] = fault === undefined ? [] : [fault]
  const incorrect = new Set<AttributeName>()
  const seen = new Set<number>()
  for (const attribute of attributes) {
    const name = names.get(attribute.type)
    const repeated = seen.has(attribute.type)
    seen.add(attribute.type)
    if (repeated) faults.push(repetition(attribute))
    else if (name === undefined) faults.push(...keep(attribute, unknown))
    else faults.push(...readOne(name, attribute, { context, read, incorrect }))
  }
  return { values: settle(read, context), unknown, faults, incorrect }
}

/** RFC 7606 §4: an attribute that runs past the end makes the rest unreadable, but what came before it stands. */
function split(octets: Uint8Array): { readonly attributes: readonly RawAttribute[]; readonly fault?: Fault } {
  const from = new Reader(octets)
  const attributes: RawAttribute[] = []
  try {
    while (from.left > 0) attributes.push(rawAttribute.decode(from, 'attribute'))
    return { attributes }
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return { attributes, fault: { remedy: 'treat-as-withdraw', attribute: 0, notification: notification('malformedAttributeList') } }
  }
}

/** RFC 7606 §3 g: the first counts, the others are dropped; only reachability twice leaves no telling which was meant. */
function repetition(attribute: RawAttribute): Fault {
  const remedy = isReachability(attribute) ? 'session-reset' : 'attribute-discard'
  return { remedy, attribute: attribute.type, notification: notification('malformedAttributeList') }
}

/** RFC 4271 §6.3: what is well-known must be known; what is optional is kept as it came. */
function keep(attribute: RawAttribute, unknown: RawAttribute[]): readonly Fault[] {
  if (!attribute.flags.optional) return [fault('session-reset', 'unrecognizedWellKnownAttribute', attribute)]
  unknown.push(attribute)
  return []
}

type Into = { readonly context: AttributeDecoderInput; readonly read: Values; readonly incorrect: Set<AttributeName> }

/** Wrong flags do not hide the value: that of reachability says which family is in doubt. */
function readOne(name: AttributeName, attribute: RawAttribute, { context, read, incorrect }: Into): readonly Fault[] {
  const { codec, remedy, fault: cause, from }: Rule<unknown> = rules[name]
  if (!maySend(from, context)) return [fault('attribute-discard', cause, attribute)]
  const misflagged = !isFlagged(name, attribute)
  if (misflagged && isReachability(attribute)) incorrect.add(name)
  const faults = misflagged && !isReachability(attribute) ? [fault('treat-as-withdraw', 'attributeFlagsError', attribute)] : [] // RFC 7606 §3 c
  try {
    const value = decodeExactly(codec(realAs(context.fourOctetAs ? u32 : u16)), attribute.value, name)
    Object.assign(read, { [name]: value })
    return faults
  } catch (error) {
    if (error instanceof WireError) return [...faults, fault(remedy, cause, attribute)]
    throw error
  }
}

const maySend = (from: Rule<unknown>['from'], { internal, fourOctetAs }: AttributeDecoderInput): boolean =>
  from === undefined || (from === 'internal' ? internal : !fourOctetAs)

function isFlagged(name: AttributeName, { flags }: RawAttribute): boolean {
  const { optional, transitive } = attributeFlags[name]
  return flags.optional === optional && flags.transitive === transitive
}

const isReachability = ({ type }: RawAttribute): boolean => type === attributeTypes.mpReach || type === attributeTypes.mpUnreach

/** RFC 4271 §6.3: the NOTIFICATION carries the attribute, type, length and value. */
function fault(remedy: Remedy, name: NotificationName, attribute: RawAttribute): Fault {
  return { remedy, attribute: attribute.type, notification: notification(name, encodeToBytes(rawAttribute, attribute, 'attribute')) }
}

/** RFC 6793 §4.2.3: the true AS path and aggregator of a two-octet peer's route. */
function settle(read: Values, { fourOctetAs }: AttributeDecoderInput): Values {
  const { as4Path, as4Aggregator, ...plain } = read
  const trueAggregator = as4Aggregator !== undefined && plain.aggregator?.as === asTrans
  const ignored = fourOctetAs || (as4Aggregator !== undefined && plain.aggregator !== undefined && !trueAggregator)
  if (ignored) return plain
  return {
    ...plain,
    ...(as4Path === undefined || plain.asPath === undefined ? {} : { asPath: mergeAs4(plain.asPath, as4Path) }),
    ...(trueAggregator ? { aggregator: as4Aggregator } : {}),
  }
}
