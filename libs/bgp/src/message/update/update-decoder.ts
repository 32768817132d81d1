import type { Family, Ip } from '@loadstone/ip'
import { ipFromBytes } from '@loadstone/ip/bytes'
import { decodeExactly, WireError } from '@loadstone/wire'
import { type Fault, type Notification, notification, strongest } from '../error-codes'
import { unicastFamily } from '../family'
import type { NegotiatedSession } from '../negotiated-session'
import { attributeTypes } from './attribute'
import { type DecodedAttributes, decodeAttributes } from './attribute-decoder'
import { type Path, readNlri } from './nlri'
import { type AnnouncedPaths, type Update, type UpdateMessage, updateMessage, type WithdrawnPaths } from './update'

export type Reset = { readonly reset: Notification }

/** Negotiated facts, and the families disabled so far (RFC 7606 §2). */
export type UpdateDecoderInput = Pick<NegotiatedSession, 'internal' | 'fourOctetAs' | 'families' | 'extendedNextHop' | 'addPathReceive'> & {
  readonly disabled: ReadonlySet<Family>
}

/** RFC 4271 §6.3 as revised by RFC 7606: the strongest remedy that any fault asks for is applied, and only that. */
export function decodeUpdate(body: Uint8Array, context: UpdateDecoderInput): Update | Reset {
  const parts = attempt(() => decodeExactly(updateMessage, body, 'UPDATE'))
  if (parts === undefined) return { reset: notification('malformedAttributeList') }
  const classic = readClassic(parts, context)
  if (classic === undefined) return { reset: notification('invalidNetworkField') }
  const found = gather(classic, decodeAttributes(parts.attributes, context), context)
  const worst = strongest(found.faults)
  if (worst === undefined) return asUpdate(found, endOfRib(parts, found))
  if (worst.remedy === 'session-reset') return { reset: worst.notification }
  const withdraw = found.faults.find(({ remedy }) => remedy === 'treat-as-withdraw')
  if (withdraw === undefined) return asUpdate(found)
  // RFC 7606 §5.2: attributes without NLRI mean that NLRI may have been missed
  return found.announces ? asUpdate(treatAsWithdraw(found)) : { reset: withdraw.notification }
}

const attempt = <T>(decode: () => T): T | undefined => {
  try {
    return decode()
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

type Found = Pick<Update, 'announced' | 'withdrawn' | 'faults' | 'disabled'> & {
  /** Also when what it announces is of a family we ignore. */
  readonly announces: boolean
  readonly read: DecodedAttributes
}

/** RFC 4271 §4.3's own fields: IPv4 unicast. RFC 7606 §5.3: a length above 32 or a cut prefix leaves nothing to rely on. */
function readClassic(
  { withdrawn, nlri }: UpdateMessage,
  { addPathReceive }: UpdateDecoderInput,
): readonly [readonly Path[], readonly Path[]] | undefined {
  const read = (octets: Uint8Array): readonly Path[] | undefined => attempt(() => readNlri(octets, 'ipv4', addPathReceive.includes('ipv4')))
  const [gone, here] = [read(withdrawn), read(nlri)]
  return gone === undefined || here === undefined ? undefined : [gone, here]
}

function gather([gone, here]: readonly [readonly Path[], readonly Path[]], read: DecodedAttributes, context: UpdateDecoderInput): Found {
  const { nextHop } = read.values
  const reach = readReach(read, context)
  const unreach = readUnreach(read, context)
  const ours = (family: Family): boolean => context.families.includes(family) && !context.disabled.has(family)
  const announced: readonly AnnouncedPaths[] = [
    ...(here.length > 0 ? [{ family: 'ipv4', nextHops: nextHop === undefined ? [] : [nextHop], paths: here } as const] : []),
    ...reach.parts,
  ]
  const withdrawn: readonly WithdrawnPaths[] = [...(gone.length > 0 ? [{ family: 'ipv4', paths: gone } as const] : []), ...unreach.parts]
  const disabled = reach.disabled ?? unreach.disabled
  return {
    announced: announced.filter(({ family }) => ours(family)),
    withdrawn: withdrawn.filter(({ family }) => ours(family)),
    faults: [
      ...read.faults,
      ...reach.faults,
      ...unreach.faults,
      ...missingWellKnown(read, { classic: here.length > 0, any: announced.length > 0 }, context),
    ],
    announces: announced.length > 0 || reach.disabled !== undefined,
    read,
    ...(disabled === undefined ? {} : { disabled }),
  }
}

type Part<T> = { readonly parts: readonly T[]; readonly faults: readonly Fault[]; readonly disabled?: Family }
const nothing = { parts: [], faults: [] }

/** RFC 4760 §3. What belongs to families nobody agreed on is left alone. */
function readReach({ values: { mpReach }, incorrect }: DecodedAttributes, context: UpdateDecoderInput): Part<AnnouncedPaths> {
  const family = mpReach && unicastFamily(mpReach.family.afi, mpReach.family.safi)
  if (mpReach === undefined || family === undefined) return nothing
  const nextHops = nextHopsOf(mpReach.nextHop, family, context)
  const paths = attempt(() => readNlri(mpReach.nlri, family, context.addPathReceive.includes(family)))
  if (nextHops === undefined || paths === undefined || incorrect.has('mpReach')) return disableAfiSafi(family, attributeTypes.mpReach)
  return { parts: [{ family, nextHops, paths }], faults: [] }
}

/** RFC 4760 §4. */
function readUnreach({ values: { mpUnreach }, incorrect }: DecodedAttributes, context: UpdateDecoderInput): Part<WithdrawnPaths> {
  const family = mpUnreach && unicastFamily(mpUnreach.family.afi, mpUnreach.family.safi)
  if (mpUnreach === undefined || family === undefined) return nothing
  const paths = attempt(() => readNlri(mpUnreach.nlri, family, context.addPathReceive.includes(family)))
  if (paths === undefined || incorrect.has('mpUnreach')) return disableAfiSafi(family, attributeTypes.mpUnreach)
  return { parts: paths.length > 0 ? [{ family, paths }] : [], faults: [] }
}

/** RFC 7606 §5.3 and §7.11 allow either remedy. A speaker that only announces rather loses the peer's routes than the session. */
const disableAfiSafi = (family: Family, attribute: number): Part<never> => ({
  parts: [],
  faults: [{ remedy: 'afi-safi-disable', attribute, notification: notification('optionalAttributeError') }],
  disabled: family,
})

/** RFC 4760 §3, RFC 2545 §3 (global, then perhaps link-local), RFC 8950 §3 (IPv6 for IPv4). */
function nextHopsOf(octets: Uint8Array, family: Family, { extendedNextHop }: UpdateDecoderInput): readonly Ip[] | undefined {
  const size = family === 'ipv6' || (extendedNextHop && octets.length > 4) ? 16 : 4
  if (octets.length !== size && !(size === 16 && octets.length === 32)) return undefined
  return [octets.subarray(0, size), octets.subarray(size)].flatMap((part) => ipFromBytes(part) ?? [])
}

/** RFC 4271 §5 with RFC 7606 §3 d: what must come with routes. NEXT_HOP only with routes in the old field; LOCAL_PREF only inside an AS. */
function missingWellKnown(
  { values, faults }: DecodedAttributes,
  routes: { readonly classic: boolean; readonly any: boolean },
  { internal }: UpdateDecoderInput,
): readonly Fault[] {
  const needed = [
    ...(routes.any ? (['origin', 'asPath'] as const) : []),
    ...(routes.classic ? (['nextHop'] as const) : []),
    ...(routes.any && internal ? (['localPref'] as const) : []),
  ]
  const absent = needed.filter((name) => values[name] === undefined && !faults.some(({ attribute }) => attribute === attributeTypes[name]))
  return absent.map((name) => ({
    remedy: 'treat-as-withdraw',
    attribute: attributeTypes[name],
    notification: notification('missingWellKnownAttribute', Uint8Array.of(attributeTypes[name])),
  }))
}

/** RFC 4724 §2: an empty UPDATE, or one with nothing but an empty MP_UNREACH_NLRI. */
function endOfRib(parts: UpdateMessage, { read }: Found): Family | undefined {
  const { mpUnreach, ...others } = read.values
  if (parts.withdrawn.length + parts.nlri.length > 0 || Object.keys(others).length + read.unknown.length > 0) return undefined
  if (mpUnreach === undefined) return parts.attributes.length === 0 ? 'ipv4' : undefined
  return mpUnreach.nlri.length === 0 ? unicastFamily(mpUnreach.family.afi, mpUnreach.family.safi) : undefined
}

/** RFC 7606 §2: the routes of the message become withdrawals. */
const treatAsWithdraw = (found: Found): Found => ({
  ...found,
  announced: [],
  withdrawn: [...found.withdrawn, ...found.announced.map(({ family, paths }) => ({ family, paths }))],
})

function asUpdate({ announced, withdrawn, faults, disabled, read }: Found, endOfRib?: Family): Update {
  const { nextHop, mpReach, mpUnreach, as4Path, as4Aggregator, ...attributes } = read.values
  return {
    announced,
    withdrawn,
    attributes: { ...attributes, unknown: read.unknown },
    faults,
    ...(endOfRib === undefined ? {} : { endOfRib }),
    ...(disabled === undefined ? {} : { disabled }),
  }
}
