import type { Family, Ip } from '@loadstone/ip'
import { type Codec, decodeExactly, type ValueOf, WireError } from '@loadstone/wire'
import * as codec from '../message/capabilities'
import { unicastFamily } from '../message/family'
import { type Capability, capabilitiesOf, capabilitiesParameter, type OpenMessage } from '../message/open'

/** Our role towards the peer (RFC 9234 §4.1). */
export const roles = { provider: 0, rs: 1, 'rs-client': 2, customer: 3, peer: 4 } as const
export type BgpRole = keyof typeof roles

/** Directions in which one end offers several paths per prefix (RFC 7911 §4). */
export type AddPath = 'receive' | 'send' | 'both'
const addPathWays: Readonly<Record<number, AddPath>> = { 1: 'receive', 2: 'send', 3: 'both' }

type GracefulRestart = {
  /** The R bit: that end has just restarted. */
  readonly restarted: boolean
  /** The N bit, RFC 8538: a NOTIFICATION, too, keeps the routes. */
  readonly notification: boolean
  /** How long the other end should wait for it to come back. */
  readonly seconds: number
  /** Families it can keep forwarding for, and whether it did over the last restart. */
  readonly families: readonly { readonly family: Family; readonly forwarding: boolean }[]
}

/** An OPEN with its capabilities decoded. */
export type PeerOpen = {
  readonly version: number
  readonly as: number
  /** As it came, for RFC 6286's checks. */
  readonly id: Ip
  readonly holdSeconds: number
  readonly families: readonly Family[]
  readonly fourOctetAs: boolean
  readonly routeRefresh: boolean
  readonly enhancedRefresh: boolean
  readonly extendedMessage: boolean
  /** IPv4 routes with IPv6 next hops, RFC 8950. */
  readonly extendedNextHop: boolean
  readonly addPath: { readonly [family in Family]?: AddPath }
  /** More than one when the peer contradicts itself. */
  readonly roles: readonly number[]
  readonly gracefulRestart?: GracefulRestart
  /** RFC 9494: longest time stale routes may be kept, by family. */
  readonly longLived: { readonly [family in Family]?: number }
  /** Every capability as it came, known or not. */
  readonly capabilities: readonly Capability[]
  /** Types of optional parameters that are not capabilities (RFC 4271 §6.2). */
  readonly foreignParameters: readonly number[]
}

/** Decodes the capabilities of an OPEN. A malformed capability counts as not offered; throws WireError if the list itself is malformed. */
export function peerOpenOf(open: OpenMessage): PeerOpen {
  const capabilities = capabilitiesOf(open)
  const all = <T>(code: number, value: Codec<T>): readonly T[] => readAll(capabilities, code, value)
  const has = (code: number): boolean => all(code, codec.present).length > 0
  const codes = codec.capabilityCodes
  const [fourOctet] = all(codes.fourOctetAs, codec.fourOctetAs)
  const gracefulRestart = restartOf(all(codes.gracefulRestart, codec.gracefulRestart).at(-1))
  return {
    version: open.version,
    as: fourOctet ?? open.myAs,
    id: open.id,
    holdSeconds: open.holdSeconds,
    families: familiesOf(capabilities),
    fourOctetAs: fourOctet !== undefined,
    routeRefresh: has(codes.routeRefresh),
    enhancedRefresh: has(codes.enhancedRefresh),
    extendedMessage: has(codes.extendedMessage),
    extendedNextHop: all(codes.extendedNextHop, codec.extendedNextHop)
      .flat()
      .some(({ afi, safi, nextHopAfi }) => unicastFamily(afi, safi) === 'ipv4' && nextHopAfi === 2),
    addPath: byFamily(all(codes.addPath, codec.addPath).flat(), ({ sendReceive }) => addPathWays[sendReceive]),
    roles: all(codes.role, codec.role),
    longLived: byFamily(
      all(codes.longLivedGracefulRestart, codec.longLivedGracefulRestart).flat(),
      ({ staleSeconds }): number => staleSeconds,
    ),
    capabilities,
    foreignParameters: open.parameters.map(({ type }) => type).filter((type) => type !== capabilitiesParameter),
    ...(gracefulRestart === undefined ? {} : { gracefulRestart }),
  }
}

function readAll<T>(capabilities: readonly Capability[], code: number, value: Codec<T>): readonly T[] {
  return capabilities.flatMap((capability) => {
    if (capability.code !== code) return []
    try {
      return [decodeExactly(value, capability.value, `capability ${code}`)]
    } catch (error) {
      if (error instanceof WireError) return []
      throw error
    }
  })
}

/** RFC 4760 §8: without the capability the family is IPv4 unicast alone. */
function familiesOf(capabilities: readonly Capability[]): readonly Family[] {
  const code = codec.capabilityCodes.multiprotocol
  if (!capabilities.some((capability) => capability.code === code)) return ['ipv4']
  const named = readAll(capabilities, code, codec.multiprotocol).flatMap(({ afi, safi }) => unicastFamily(afi, safi) ?? [])
  return [...new Set(named)]
}

function byFamily<Entry extends { readonly afi: number; readonly safi: number }, T>(
  entries: readonly Entry[],
  value: (entry: Entry) => T | undefined,
): { readonly [family in Family]?: T } {
  const found: { [family in Family]?: T } = {}
  for (const entry of entries) {
    const [family, said] = [unicastFamily(entry.afi, entry.safi), value(entry)]
    if (family !== undefined && said !== undefined) found[family] = said
  }
  return found
}

function restartOf(capability: ValueOf<typeof codec.gracefulRestart> | undefined): GracefulRestart | undefined {
  if (capability === undefined) return undefined
  const { head, families } = capability
  return {
    restarted: head.restarted === 1,
    notification: head.notification === 1,
    seconds: head.seconds,
    families: families.flatMap(({ afi, safi, flags }) => {
      const family = unicastFamily(afi, safi)
      return family === undefined ? [] : [{ family, forwarding: flags.forwarding === 1 }]
    }),
  }
}
