import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from '@jest/globals'
import type { SessionStatus } from '@loadstone/plan/status'
import { claim } from '../../src/l2/ownership'
import { SpeakerCounters } from '../../src/metrics/counters'
import { metrics } from '../../src/metrics/definitions'
import { type MetricsInput, samplesOf } from '../../src/metrics/samples'
import { desiredState, nothingDesired } from '../../src/plan/desired-state'
import { entry, ip, object, plan, route, routeSet, seen, session, slice } from '../builders'

const sent = { open: 1, update: 2, notification: 3, keepalive: 4, refresh: 5 }
const received = { open: 6, update: 7, notification: 8, keepalive: 9, refresh: 10 }
const status: SessionStatus = { peer: 'tor', address: '192.0.2.1', state: 'Established', since: 't', announcedIPv4: 2, announcedIPv6: 1 }

function measured(more: Partial<MetricsInput> = {}, from = seen({ complete: false })): MetricsInput {
  const desired = desiredState(nothingDesired, from, 'node1', 0)
  const claims = claim(new Map(), desired.entries, 'node1', 0)
  const none = { sessions: [], messages: new Map(), conflicts: 0, watchTrouble: undefined }
  return { node: 'node1', desired, claims, ...none, ...more }
}
const whole = seen({
  plan: object(plan({ sessions: [session(), session({ peer: 'red', vrf: 'red', port: 1179 })], slices: ['a', 'b'], routeSets: ['s'] })),
  slices: new Map([
    ['a', slice([entry('192.0.2.10', { services: ['shop/web', 'shop/api'] }), entry('192.0.2.11', { candidates: ['node2'] })])],
    ['b', slice([], [route('203.0.113.2/32')])],
  ]),
  routeSets: new Map([['s', routeSet(route('203.0.113.2/32'), route('198.51.100.0/24'), route('2001:db8::1/128'), route('203.0.113.9/32', { peers: ['gone'] }))]]),
}) // biome-ignore format: a table
const of = (from: MetricsInput, meter = new SpeakerCounters()) => samplesOf(from, meter.values(() => true), new Map([['routesets', 3]])) // biome-ignore format: one line

test('an address is announced by L2 once a Service that has it, by its owner alone', () => {
  const announced = of(measured({}, whole)).metallb_speaker_announced
  assert.deepEqual(announced, [
    [1, 'shop/web', 'layer2', 'node1', '192.0.2.10'],
    [1, 'shop/api', 'layer2', 'node1', '192.0.2.10'],
  ])
})

test('a route is announced by BGP once a Service however many objects hold it, if a session is to tell it; an aggregate by its prefix', () => {
  const announced = of(measured({ sessions: [status] }, whole)).metallb_speaker_announced.filter(([, , protocol]) => protocol === 'bgp')
  assert.deepEqual(announced.map((sample) => sample.at(-1)).sort(), ['198.51.100.0/24', '2001:db8::1', '203.0.113.2'])
  assert.deepEqual(announced[0]?.slice(0, 4), [1, 'default/web', 'bgp', 'node1'])
})

test('a peer is named by address and port, and by its VRF where it has one', () => {
  const sessions: SessionStatus[] = [status, { ...status, peer: 'red', address: '2001:db8::9', state: 'Active' }]
  assert.deepEqual(of(measured({ sessions }, whole)).metallb_bgp_session_up, [
    [1, '192.0.2.1:179', undefined],
    [0, '[2001:db8::9]:1179', 'red'],
  ])
})

test('an unnumbered peer that is not found yet is named by its interface', () => {
  const { address: _, ...unfound } = status
  const { address: __, ...unnumbered } = session({ interface: 'eth1' })
  const from = seen({ plan: object(plan({ sessions: [unnumbered] })) })
  assert.equal(of(measured({ sessions: [unfound] }, from)).metallb_bgp_session_up[0]?.[1], 'eth1:179')
})

test('prefixes told, prefixes wanted, and each kind of message in each direction', () => {
  const samples = of(measured({ sessions: [status], messages: new Map([['tor', { sent, received }]]) }, whole))
  const value = (name: keyof typeof samples) => samples[name][0]?.[0]
  assert.deepEqual(
    [
      value('metallb_bgp_announced_prefixes_total'),
      value('metallb_bgp_pending_prefixes_total'),
      value('metallb_bgp_opens_sent'),
      value('metallb_bgp_updates_total'),
      value('metallb_bgp_notifications_sent'),
      value('metallb_bgp_keepalives_sent'),
      value('metallb_bgp_route_refresh_sent'),
      value('metallb_bgp_total_sent'),
      value('metallb_bgp_opens_received'),
      value('metallb_bgp_updates_total_received'),
      value('metallb_bgp_keepalives_received'),
      value('metallb_bgp_total_received'),
    ],
    [3, 3, 1, 2, 3, 4, 5, 15, 6, 7, 9, 40],
  )
})

test('BFD is told of sessions that have it, by the address without the port', () => {
  const bfd = { state: 'Up', since: 't' } as const
  const counts = { controlPacketInput: 1, controlPacketOutput: 2, sessionUpEvents: 3, sessionDownEvents: 4 }
  const meter = new SpeakerCounters()
  meter.onWorkerEvent({ is: 'bfd-counters', sessions: new Map([['tor', counts], ['gone', counts]]) }) // biome-ignore format: one line
  const samples = of(measured({ sessions: [{ ...status, bfd }] }, whole), meter)
  const names = ['session_up', 'control_packet_input', 'control_packet_output', 'session_up_events', 'session_down_events'] as const
  assert.deepEqual(
    names.map((name) => samples[`metallb_bfd_${name}`]),
    [1, 1, 2, 3, 4].map((value) => [[value, '192.0.2.1', undefined]]),
  )
  assert.deepEqual(of(measured({ sessions: [status] }, whole)).metallb_bfd_session_up, [])
})

test('the configuration is loaded once a plan was read, and stale while part of it is missing, unreadable, or the API server away', () => {
  const states = [
    measured(),
    measured({}, whole),
    measured({ watchTrouble: 'away' }, whole),
    measured({}, { ...whole, routeSets: new Map() }),
    measured({}, { ...whole, routeSets: new Map([['s', routeSet({ prefix: 'nonsense' })]]) }),
  ].map((from) => of(from))
  assert.deepEqual(
    states.map((one) => [one.metallb_k8s_client_config_loaded_bool[0]?.[0], one.metallb_k8s_client_config_stale_bool[0]?.[0]]),
    [[0, 0], [1, 0], [1, 1], [1, 1], [1, 1]],
  ) // biome-ignore format: a table
})

test('what the wire worker counts is told for addresses that are owned, from zero on', () => {
  const meter = new SpeakerCounters()
  const counts = { requests: 5, responses: 4, gratuitous: 10 }
  const addresses = new Map([ip('192.0.2.10'), ip('192.0.2.99')].map((address) => [address, counts]))
  assert.deepEqual(of(measured({}, whole), meter).metallb_layer2_requests_received, [[0, '192.0.2.10']])
  meter.onWorkerEvent({ is: 'counters', counters: { 'ipv4 replied': 7 }, addresses })
  const samples = of(measured({}, whole), meter)
  assert.deepEqual(samples.metallb_layer2_requests_received, [[5, '192.0.2.10']])
  assert.deepEqual(samples.metallb_layer2_responses_sent, [[4, '192.0.2.10']])
  assert.deepEqual(samples.metallb_layer2_gratuitous_sent, [[10, '192.0.2.10']])
  assert.deepEqual(samples.loadstone_speaker_frames_total, [[7, 'ipv4', 'replied']])
  meter.values((address) => address !== '192.0.2.99')
  assert.deepEqual([...meter.values(() => true).addresses.keys()], ['192.0.2.10'])
})

test('changes seen, writes and their failures, watches that broke', async () => {
  const meter = new SpeakerCounters()
  meter.onObserved()
  meter.onObserved()
  let broken = false
  const write = meter.countWrites(async () => {
    if (broken) throw new Error('away')
  })
  await write({} as never)
  broken = true
  await assert.rejects(write({} as never), /away/)
  const samples = of(measured(), meter)
  assert.deepEqual(samples.metallb_k8s_client_updates_total, [[2]])
  assert.deepEqual(samples.metallb_k8s_client_update_errors_total, [[1]])
  assert.deepEqual(samples.loadstone_writes_total, [
    [1, 'AnnouncementPlan', 'written'],
    [1, 'AnnouncementPlan', 'failed'],
  ])
  assert.deepEqual(samples.loadstone_watch_restarts_total, [[3, 'routesets']])
})

test('docs/metrics.md lists exactly the metrics of the speaker', () => {
  const text = readFileSync(join(__dirname, '../../../docs/metrics.md'), 'utf8')
  const section = /^## Speaker\n([\s\S]*?)^## /m.exec(text)?.[1] ?? ''
  const rows = [...section.matchAll(/^\| `(\w+)` \| (\w+) \| ([^|]+) \| ([^|]+) \|$/gm)].map((row) => row.slice(1))
  const known = Object.entries(metrics).map(([name, { type, labels, help }]) => [name, type, labels.join(', ') || '–', help])
  assert.deepEqual(rows, known)
})
