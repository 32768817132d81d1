import { hostAndPort, parsePrefix, prefixFamily } from '@loadstone/ip'
import { widthOf } from '@loadstone/ip/bytes'
import type { PlannedSession } from '@loadstone/plan'
import type { SessionStatus } from '@loadstone/plan/status'
import type { Sample, Samples } from '@loadstone/telemetry'
import type { PeerCounters } from 'bgp-js'
import type { Claims } from '../l2/ownership'
import type { BfdCounts } from '../messages/bfd'
import type { DesiredState } from '../plan/desired-state'
import { refusalsOf, routesOf, sessionsOf, unknownOf } from '../plan/last-good-plan'
import type { CounterValues } from './counters'
import type { MetricName, metrics } from './definitions'

/** The present state of the speaker, as far as metrics need it. */
export type MetricsInput = {
  readonly node: string
  readonly desired: Pick<DesiredState, 'lastGood' | 'entries' | 'adjRibsOut'>
  readonly claims: Claims
  readonly sessions: readonly SessionStatus[]
  /** BGP messages, by BGPPeer. */
  readonly messages: ReadonlyMap<string, PeerCounters>
  readonly conflicts: number
  readonly watchTrouble: string | undefined
}

/** Every metric, computed from the present state and from counters. */
export function samplesOf(
  measured: MetricsInput,
  counted: CounterValues,
  watchRestarts: ReadonlyMap<string, number>,
): Samples<typeof metrics> {
  const { lastGood } = measured.desired
  const stale = refusalsOf(lastGood).length + unknownOf(lastGood).length > 0 || measured.watchTrouble !== undefined
  const held = [...measured.claims.values()].flatMap(({ value, withdrawAt }) => (withdrawAt === undefined ? [value.address] : []))
  const byAddress = (of: 'requests' | 'responses' | 'gratuitous'): readonly Sample[] =>
    held.map((address) => [counted.addresses.get(address)?.[of] ?? 0, address])
  const { written, failed } = counted.writes
  return {
    metallb_k8s_client_updates_total: [[counted.updates]],
    metallb_k8s_client_update_errors_total: [[failed]],
    metallb_k8s_client_config_loaded_bool: [[lastGood.plan?.content === undefined ? 0 : 1]],
    metallb_k8s_client_config_stale_bool: [[stale ? 1 : 0]],
    metallb_speaker_announced: [...announcedByL2(measured), ...announcedByBgp(measured)],
    metallb_layer2_requests_received: byAddress('requests'),
    metallb_layer2_responses_sent: byAddress('responses'),
    metallb_layer2_gratuitous_sent: byAddress('gratuitous'),
    ...sessionSamples(measured, counted.bfd),
    loadstone_speaker_frames_total: Object.entries(counted.frames).map(([what, n]) => [n, ...familyAndOutcome(what)]),
    loadstone_address_conflicts: [[measured.conflicts]],
    loadstone_writes_total: [
      [written, 'AnnouncementPlan', 'written'],
      [failed, 'AnnouncementPlan', 'failed'],
    ],
    loadstone_watch_restarts_total: [...watchRestarts].map(([kind, n]) => [n, kind]),
  }
}

function familyAndOutcome(what: string): readonly [string, string] {
  const [family = '', ...outcome] = what.split(' ')
  return [family, outcome.join(' ')]
}

const announcedByL2 = ({ node, desired, claims }: MetricsInput): readonly Sample[] =>
  [...claims.values()].flatMap(({ value: { address }, withdrawAt }) => {
    const services = withdrawAt === undefined ? (desired.entries.get(address)?.value.services ?? []) : []
    return services.map((service): Sample => [1, service, 'layer2', node, address])
  })

/** Routes that at least one session is to advertise. The route of a single address is named by the address, an aggregate by its prefix. */
function announcedByBgp({ node, desired: { lastGood, adjRibsOut }, sessions }: MetricsInput): readonly Sample[] {
  if (sessions.length === 0) return []
  const advertised = new Set(
    [...adjRibsOut.values()].flatMap((rib) => [...rib].flatMap(([prefix, { withdrawAt }]) => (withdrawAt === undefined ? [prefix] : []))),
  )
  const pairs = new Map<string, Sample>()
  for (const { prefix, services } of routesOf(lastGood)) {
    if (!advertised.has(prefix)) continue
    for (const service of services) pairs.set(`${service} ${prefix}`, [1, service, 'bgp', node, addressOrPrefix(prefix)])
  }
  return [...pairs.values()]
}

function addressOrPrefix(text: string): string {
  const prefix = parsePrefix(text)
  const whole = prefix !== undefined && prefix.length === widthOf(prefixFamily(prefix))
  return whole ? prefix.ip : text
}

type SessionMetric = Extract<MetricName, `metallb_bgp_${string}` | `metallb_bfd_${string}`>

function sessionSamples(
  { desired, sessions, messages }: MetricsInput,
  bfd: CounterValues['bfd'],
): Pick<Samples<typeof metrics>, SessionMetric> {
  const planned = new Map(sessionsOf(desired.lastGood).map((session) => [session.peer, session]))
  const all = sessions.map((status) => ({ status, ...labelsOf(status, planned.get(status.peer)) }))
  const each = (value: (status: SessionStatus) => number): readonly Sample[] =>
    all.map(({ status, peer, vrf }) => [value(status), peer, vrf])
  const counts = (value: (counters: PeerCounters) => number): readonly Sample[] =>
    all.flatMap(({ status, peer, vrf }) => {
      const counters = messages.get(status.peer)
      return counters === undefined ? [] : [[value(counters), peer, vrf] as const]
    })
  return {
    metallb_bgp_session_up: each(({ state }) => (state === 'Established' ? 1 : 0)),
    metallb_bgp_announced_prefixes_total: each(({ announcedIPv4, announcedIPv6 }) => announcedIPv4 + announcedIPv6),
    metallb_bgp_pending_prefixes_total: each(({ peer }) => desiredCount(desired.adjRibsOut.get(peer))),
    metallb_bgp_updates_total: counts(({ sent }) => sent.update),
    metallb_bgp_updates_total_received: counts(({ received }) => received.update),
    metallb_bgp_opens_sent: counts(({ sent }) => sent.open),
    metallb_bgp_opens_received: counts(({ received }) => received.open),
    metallb_bgp_notifications_sent: counts(({ sent }) => sent.notification),
    metallb_bgp_keepalives_sent: counts(({ sent }) => sent.keepalive),
    metallb_bgp_keepalives_received: counts(({ received }) => received.keepalive),
    metallb_bgp_route_refresh_sent: counts(({ sent }) => sent.refresh),
    metallb_bgp_total_sent: counts(({ sent }) => total(sent)),
    metallb_bgp_total_received: counts(({ received }) => total(received)),
    ...bfdSamples(all, bfd),
  }
}

type Labelled = { readonly status: SessionStatus; readonly address: string; readonly peer: string; readonly vrf: string | undefined }

/** Samples of BFD sessions, whose peer label has no port. A session is up or down before its counters arrive. */
function bfdSamples(
  all: readonly Labelled[],
  bfd: CounterValues['bfd'],
): Pick<Samples<typeof metrics>, Extract<MetricName, `metallb_bfd_${string}`>> {
  const counts = (value: (counts: BfdCounts) => number): readonly Sample[] =>
    all.flatMap(({ status, address, vrf }) => {
      const found = bfd.get(status.peer)
      return found === undefined ? [] : [[value(found), address, vrf] as const]
    })
  return {
    metallb_bfd_session_up: all.flatMap(({ status, address, vrf }) =>
      status.bfd === undefined ? [] : [[status.bfd.state === 'Up' ? 1 : 0, address, vrf] as const],
    ),
    metallb_bfd_control_packet_input: counts(({ controlPacketInput }) => controlPacketInput),
    metallb_bfd_control_packet_output: counts(({ controlPacketOutput }) => controlPacketOutput),
    metallb_bfd_session_up_events: counts(({ sessionUpEvents }) => sessionUpEvents),
    metallb_bfd_session_down_events: counts(({ sessionDownEvents }) => sessionDownEvents),
  }
}

/** Labels of a session, with MetalLB's name of the peer. An unnumbered peer that is not found yet is named by its interface. */
function labelsOf({ address, peer }: SessionStatus, planned: PlannedSession | undefined): Omit<Labelled, 'status'> {
  const where = address ?? planned?.address ?? planned?.interface ?? peer
  return { address: where, peer: hostAndPort(where, planned?.port ?? 179), vrf: planned?.vrf }
}

const desiredCount = (rib: ReadonlyMap<string, { readonly withdrawAt?: number }> = new Map()): number =>
  [...rib.values()].filter(({ withdrawAt }) => withdrawAt === undefined).length

const total = (messages: PeerCounters['sent']): number => Object.values(messages).reduce((sum, n) => sum + n, 0)
