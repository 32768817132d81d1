import { families as bothFamilies, type Family, parseIp } from '@loadstone/ip'
import { type Codec, encodeToBytes, u16 } from '@loadstone/wire'
import * as codec from '../message/capabilities'
import { type Notification, notification } from '../message/error-codes'
import { afis, unicast } from '../message/family'
import type { NegotiatedSession } from '../message/negotiated-session'
import { type Capability, capabilitiesParameter, capabilityList, type OpenMessage } from '../message/open'
import { asTrans } from '../message/update/as-path'
import { isInternal, type SessionConfig } from './config'
import { type AddPath, type BgpRole, type PeerOpen, roles } from './peer-open'

const version = 4
const nobody = parseIp('0.0.0.0')

/** The OPEN we send. All capabilities go into one parameter, RFC 5492 §4. */
export function ourOpen(config: SessionConfig): OpenMessage {
  const value = encodeToBytes(capabilityList, ourCapabilities(config), 'capabilities')
  return {
    version,
    myAs: config.localAs > 0xffff ? asTrans : config.localAs,
    holdSeconds: config.holdSeconds,
    id: config.id,
    parameters: [{ type: capabilitiesParameter, value }],
  }
}

function ourCapabilities(config: SessionConfig): readonly Capability[] {
  const codes = codec.capabilityCodes
  const each = config.families.map((family) => ({ afi: afis[family], safi: unicast }))
  const ways = { receive: 1, send: 2, both: 3 } as const
  return [
    ...each.map((family) => capability(codes.multiprotocol, codec.multiprotocol, { ...family, reserved: 0 })),
    capability(codes.routeRefresh, codec.present, {}),
    capability(codes.enhancedRefresh, codec.present, {}),
    capability(codes.extendedMessage, codec.present, {}),
    capability(codes.fourOctetAs, codec.fourOctetAs, config.localAs),
    ...ifAny(config.families.includes('ipv4'), () => capability(codes.extendedNextHop, codec.extendedNextHop, [ipv4OverIpv6])),
    ...ifAny(config.role !== undefined && !isInternal(config), () => capability(codes.role, codec.role, roles[config.role as BgpRole])),
    ...restart(config, each),
    ...ifAny(config.addPath !== undefined, () => {
      const sendReceive = ways[config.addPath as AddPath]
      return capability(
        codes.addPath,
        codec.addPath,
        each.map((family) => ({ ...family, sendReceive })),
      )
    }),
  ]
}

const ipv4OverIpv6 = { afi: afis.ipv4, safi: unicast, nextHopAfi: afis.ipv6 }

const ifAny = (wanted: boolean, make: () => Capability): readonly Capability[] => (wanted ? [make()] : [])

const capability = <T>(code: number, value: Codec<T>, meaning: T): Capability => ({
  code,
  value: encodeToBytes(value, meaning, 'capability'),
})

/**
 * RFC 4724 §3. Without a wish of our own it names no family: then the peer ends its table with End-of-RIB, and we can tell when it restarts.
 * Forwarding goes on without this process, so the F bit is always true of us. RFC 9494 §4.1 needs RFC 4724's.
 */
function restart(config: SessionConfig, families: readonly { readonly afi: number; readonly safi: number }[]): readonly Capability[] {
  const { gracefulRestart, longLivedSeconds } = config
  const codes = codec.capabilityCodes
  const flags = { forwarding: 1, reserved: 0 }
  const kept = gracefulRestart === undefined ? [] : families.map((family) => ({ ...family, flags }))
  const seconds = gracefulRestart?.seconds ?? 0
  const head = { restarted: Number(gracefulRestart?.restarted ?? false), notification: 1, reserved: 0, seconds }
  const stale = families.map((family) => ({ ...family, flags, staleSeconds: longLivedSeconds ?? 0 }))
  return [
    capability(codes.gracefulRestart, codec.gracefulRestart, { head, families: kept }),
    ...ifAny(longLivedSeconds !== undefined, () => capability(codes.longLivedGracefulRestart, codec.longLivedGracefulRestart, stale)),
  ]
}

type OpenRefusal = { readonly refuse: Notification }

/** Checks a peer's OPEN by RFC 4271 §6.2 and later RFCs, and returns what was negotiated or why it is refused. */
export function negotiate(config: SessionConfig, open: PeerOpen): NegotiatedSession | OpenRefusal {
  const refuse = refusal(config, open)
  return refuse === undefined ? agreement(config, open) : { refuse }
}

const checks: readonly ((config: SessionConfig, open: PeerOpen) => Notification | undefined)[] = [
  (_, { version: theirs }) => (theirs === version ? undefined : notification('unsupportedVersion', encodeToBytes(u16, version, 'version'))),
  (config, { as }) => (rightAs(config, as) ? undefined : notification('badPeerAs')),
  // RFC 6286 §2.1: any value but zero; and inside an AS no two the same (§2.2)
  (config, { id }) => (id === nobody || (isInternal(config) && id === config.id) ? notification('badBgpIdentifier') : undefined),
  (_, { foreignParameters }) => (foreignParameters.length > 0 ? notification('unsupportedOptionalParameter') : undefined),
  (_, { holdSeconds }) => (holdSeconds === 1 || holdSeconds === 2 ? notification('unacceptableHoldTime') : undefined),
  (config, open) => (rightRole(config, open.roles) ? undefined : notification('roleMismatch')),
]

function refusal(config: SessionConfig, open: PeerOpen): Notification | undefined {
  for (const check of checks) {
    const refused = check(config, open)
    if (refused !== undefined) return refused
  }
  return undefined
}

/** RFC 7607 §2: AS 0 is refused. */
function rightAs(config: SessionConfig, as: number): boolean {
  if (as === 0) return false
  if (config.peerAs === 'internal') return as === config.localAs
  return config.peerAs === 'external' ? as !== config.localAs : as === config.peerAs
}

const counterpart: Readonly<Record<BgpRole, BgpRole>> = {
  provider: 'customer',
  customer: 'provider',
  rs: 'rs-client',
  'rs-client': 'rs',
  peer: 'peer',
}

/** RFC 9234 §4.2: the roles must fit each other; a missing role is allowed unless strictRole. */
function rightRole(config: SessionConfig, offered: readonly number[]): boolean {
  if (config.role === undefined || isInternal(config)) return true
  if (offered.length === 0) return !config.strictRole
  const wanted = roles[counterpart[config.role]]
  return offered.every((role) => role === wanted)
}

function agreement(config: SessionConfig, open: PeerOpen): NegotiatedSession {
  const holdSeconds = Math.min(config.holdSeconds, open.holdSeconds)
  const families = bothFamilies.filter((family) => config.families.includes(family) && open.families.includes(family))
  return {
    peerAs: open.as,
    peerId: open.id,
    internal: open.as === config.localAs,
    holdSeconds,
    keepaliveSeconds: keepaliveOf(config, holdSeconds),
    families,
    fourOctetAs: open.fourOctetAs,
    routeRefresh: open.routeRefresh,
    enhancedRefresh: open.enhancedRefresh,
    extendedMessage: open.extendedMessage,
    extendedNextHop: open.extendedNextHop && config.families.includes('ipv4'),
    addPathSend: families.filter((family) => ways(config.addPath, 'send') && ways(open.addPath[family], 'receive')),
    addPathReceive: families.filter((family) => ways(config.addPath, 'receive') && ways(open.addPath[family], 'send')),
    ...kept(config, open, families),
  }
}

/** RFC 4271 §4.4: the interval wanted, and never more than a third of the hold time agreed on. The peer is not told of it. */
export const keepaliveOf = ({ keepaliveSeconds }: Pick<SessionConfig, 'keepaliveSeconds'>, holdSeconds: number): number =>
  Math.min(keepaliveSeconds ?? holdSeconds / 3, holdSeconds / 3)

const ways = (offered: AddPath | undefined, way: 'send' | 'receive'): boolean => offered === way || offered === 'both'

/** The graceful restart that both ends agreed on (RFC 4724 §4). */
function kept(
  config: SessionConfig,
  { gracefulRestart, longLived }: PeerOpen,
  families: readonly Family[],
): Pick<NegotiatedSession, 'gracefulRestart'> {
  if (gracefulRestart === undefined) return {}
  const keepsOurs = config.gracefulRestart !== undefined
  return {
    gracefulRestart: {
      keepsOurs,
      notification: keepsOurs && gracefulRestart.notification,
      peerRestarted: gracefulRestart.restarted,
      peerSeconds: gracefulRestart.seconds,
      peerFamilies: gracefulRestart.families,
      longLived: config.longLivedSeconds !== undefined && families.some((family) => longLived[family] !== undefined),
    },
  }
}
