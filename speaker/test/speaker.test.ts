import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { parseMac } from '@loadstone/ip'
import type { Leaving } from '@loadstone/plan'
import type { AnnouncementPlanStatus } from '@loadstone/plan/status'
import { SimClock } from '@loadstone/sim'
import type { LogEvent } from '@loadstone/telemetry'
import type { HealthAnswer } from '../src/bgp/health-checks'
import type { AddressGroup, WorkerCommand } from '../src/messages/messages'
import type { Observed } from '../src/plan/desired-state'
import type { SavedState } from '../src/plan/saved'
import { Speaker, trustSavedMillis } from '../src/speaker'
import { entry, ip, object, plan, route, routeSet, seen, session, settle, slice } from './builders'
import { profile } from './sim/bfd-world'
import { SimListeners } from './sim/sim-listeners'
import { SimPeer } from './sim/sim-peer'

/** A speaker whose worker carries out every command, unless `deaf`. */
function world(saved?: SavedState) {
  const clock = new SimClock()
  const logged: LogEvent[] = []
  const peers: SimPeer[] = []
  const statuses: AnnouncementPlanStatus[] = []
  const kept: SavedState[] = []
  const api = { away: false }
  const worker = { groups: [] as readonly AddressGroup[], deaf: false, snapshots: 0 }
  const commands: WorkerCommand[] = []
  const health = new Map<number, HealthAnswer>()
  const tcp = new SimListeners()
  let prepared = 0
  const note = (event: LogEvent) => void logged.push(event)
  const speaker: Speaker = new Speaker(
    {
      node: 'node1',
      clock,
      wallTime: () => `t${Math.floor(clock.now())}`,
      random: () => 1,
      log: { error: note, warn: note, info: note, debug: () => {} },
      sendToWorker: (message: WorkerCommand) => {
        commands.push(message)
        if (message.is !== 'snapshot' || worker.deaf) return
        worker.groups = message.groups
        worker.snapshots++
        clock.after(0, () => speaker.onWorkerEvent({ is: 'applied', serial: message.serial }))
      },
      connect: (options) => {
        const peer = new SimPeer(options)
        peers.push(peer)
        return peer
      },
      listen: tcp.listen,
      readSecret: async () => 'not-found',
      askHealthPort: async (port) => health.get(port) ?? 'refused',
      writeStatus: async (status) => {
        if (api.away) throw new Error('the API server is away')
        statuses.push(status)
      },
      save: (what) => void kept.push(what),
      onPrepared: () => prepared++,
    },
    saved,
  )
  const interfaces = [
    { name: 'eth0', mac: parseMac('02:00:5e:10:00:01')!, up: true, answers: ['ipv4', 'ipv6'] as const, addresses: [ip('192.0.2.5')] },
  ]
  speaker.start()
  clock.after(0, () => speaker.onWorkerEvent({ is: 'interfaces', interfaces }))
  const elapse = async (millis: number) => {
    for (let left = millis; left > 0; left -= 50) {
      clock.advance(Math.min(50, left))
      await settle()
    }
  }
  const answers = () => worker.groups.flatMap(({ addresses }) => addresses).toSorted()
  return { speaker, commands, health, tcp, api, clock, worker, peers, statuses, kept, logged, elapse, answers, prepared: () => prepared }
}

const planned = object(plan({ sessions: [session()], slices: ['a'], routeSets: ['s'] }))
const whole = seen({
  plan: planned,
  slices: new Map([['a', slice([entry('192.0.2.10'), entry('192.0.2.11', { candidates: ['node2', 'node1'] })])]]),
  routeSets: new Map([['s', routeSet(route('203.0.113.1/32'))]]),
})

test('before its role is decided a speaker answers on L2, and starts no BGP and writes nothing', async () => {
  const { speaker, answers, peers, statuses, elapse, prepared } = world()
  assert.deepEqual(speaker.health(), { ready: false, waiting: 'no plan has been read' })
  speaker.observe(whole)
  await elapse(500)
  assert.deepEqual([answers(), peers.length, statuses.length], [['192.0.2.10'], 0, 0])
  assert.ok(prepared() > 0)
  assert.deepEqual(speaker.health(), { ready: true })
})

test('serving, it holds its sessions, reports, and keeps what a restart needs', async () => {
  const { speaker, peers, statuses, kept, elapse } = world()
  speaker.observe(whole)
  await elapse(100)
  speaker.serve()
  await elapse(3_000)
  assert.deepEqual(peers.map((peer) => peer.prefixes()), [['203.0.113.1/32']]) // biome-ignore format: one line
  assert.deepEqual(statuses.at(-1)?.claims.map(({ address }) => address), ['192.0.2.10']) // biome-ignore format: one line
  assert.equal(kept.at(-1)?.lastGood.plan?.content?.node, 'node1')
})

test('ready needs the wire worker to have done what it was told; peers that are down do not matter', async () => {
  const { speaker, worker, elapse, prepared } = world()
  worker.deaf = true
  speaker.observe(whole)
  await elapse(500)
  assert.equal(prepared(), 0)
  assert.deepEqual(speaker.health(), { ready: false, waiting: 'L2 is not applied' })
  worker.deaf = false
  speaker.observe({ ...whole, slices: new Map([['a', slice([entry('192.0.2.12')])]]) })
  await elapse(500)
  assert.deepEqual(speaker.health(), { ready: true })
})

test('a wire worker that has not been heard of for half a minute is stuck, and only that makes the speaker not alive', async () => {
  const { speaker, elapse } = world()
  speaker.observe(whole)
  await elapse(25_000)
  speaker.onWorkerEvent({ is: 'counters', counters: {}, addresses: new Map() })
  await elapse(29_000)
  assert.equal(speaker.health().stuck, undefined)
  await elapse(2_000)
  assert.deepEqual(speaker.health(), { ready: false, waiting: 'the wire worker hangs', stuck: 'the wire worker hangs' })
})

test('many events of one moment cost one snapshot', async () => {
  const { speaker, worker, elapse } = world()
  for (let i = 0; i < 100; i++) speaker.observe({ ...whole, slices: new Map([['a', slice([entry(`192.0.2.${100 + i}`)])]]) })
  await elapse(50)
  assert.equal(worker.snapshots, 1)
})

test('a withdrawal is carried out 100 ms later by time alone', async () => {
  const { speaker, answers, elapse } = world()
  speaker.observe(whole)
  await elapse(50)
  speaker.observe({ ...whole, slices: new Map([['a', slice([])]]) })
  await elapse(50)
  assert.deepEqual(answers(), ['192.0.2.10'])
  await elapse(100)
  assert.deepEqual(answers(), [])
})

test('nothing is concluded from part of what there is, until waiting longer would be worse', async () => {
  const { speaker, answers, elapse } = world()
  speaker.observe({ ...whole, complete: false })
  await elapse(trustSavedMillis - 100)
  assert.deepEqual(answers(), [])
  await elapse(200)
  assert.deepEqual(answers(), ['192.0.2.10'])
})

async function savedPlan(): Promise<SavedState> {
  const { speaker, kept, elapse } = world()
  speaker.observe(whole)
  await elapse(3_000)
  return kept.at(-1)!
}

test('a container that restarts while the API server is away goes on from the saved plan', async () => {
  const { speaker, answers, peers, elapse } = world(await savedPlan())
  await elapse(trustSavedMillis + 100)
  assert.deepEqual([answers(), speaker.health()], [['192.0.2.10'], { ready: true }])
  speaker.serve()
  assert.deepEqual(peers.map((peer) => peer.prefixes()), [['203.0.113.1/32']]) // biome-ignore format: one line
})

test('where the API server answers, the saved plan is not used: what has moved since is not answered for, not even for a moment', async () => {
  const { speaker, worker, answers, elapse } = world(await savedPlan())
  await elapse(300)
  assert.equal(worker.snapshots, 0)
  const moved: Observed = { ...whole, slices: new Map([['a', slice([entry('192.0.2.10', { candidates: ['node2'], term: 2 })])]]) }
  speaker.observe(moved)
  await elapse(5_000)
  assert.deepEqual([answers(), worker.snapshots], [[], 1])
})

test('having handed over, it answers nothing, holds no session and writes nothing, until it serves again', async () => {
  const { speaker, answers, peers, statuses, elapse } = world()
  speaker.observe(whole)
  await elapse(100)
  speaker.serve()
  await elapse(3_000)
  const written = statuses.length
  await speaker.handOver()
  speaker.observe({ ...whole, slices: new Map([['a', slice([entry('192.0.2.12')])]]) })
  await elapse(5_000)
  assert.deepEqual([answers(), peers.map(({ life }) => life), statuses.length], [[], ['ended'], written])
  speaker.serve()
  await elapse(1_000)
  assert.deepEqual([answers(), peers.length], [['192.0.2.12'], 2])
})

test('ending is silence, on L2 and towards routers, since a restart is not leaving', async () => {
  const { speaker, answers, peers, elapse } = world()
  speaker.observe(whole)
  await elapse(100)
  speaker.serve()
  assert.equal(speaker.pauseMillis(), 0)
  await speaker.end()
  assert.deepEqual([answers(), peers[0]?.life, peers[0]?.reason], [[], 'ended', undefined])
})

const leaving = (why: Leaving | undefined): Observed => ({
  ...whole,
  plan: object(plan({ sessions: [session()], slices: ['a'], routeSets: ['s'], ...(why === undefined ? {} : { leaving: why }) })),
})

async function serving() {
  const it = world()
  it.speaker.observe(whole)
  await it.elapse(100)
  it.speaker.serve()
  it.peers[0]?.establish('192.0.2.5')
  return it
}

test('a node that leaves drains for 5 s, then withdraws and closes with node and cause; the log and the status say so', async () => {
  const { speaker, peers, tcp, logged, statuses, elapse } = await serving()
  speaker.observe(leaving('drain'))
  await elapse(4_900)
  const [peer] = peers as [SimPeer]
  assert.deepEqual([peer.draining, peer.life, peer.known()], [true, 'started', ['203.0.113.1/32 65535:0']])
  assert.equal(tcp.connect('192.0.2.1'), 'taken')
  await elapse(200)
  assert.deepEqual([peer.life, peer.reason, peer.prefixes()], ['stopped', 'node node1 is leaving: drain', []])
  assert.equal(tcp.connect('192.0.2.1'), 'nobody listens')
  await elapse(3_000)
  assert.deepEqual(logged.filter(({ event }) => event === 'drain').map(({ at }) => at), ['draining', 'withdrawn']) // biome-ignore format: one line
  const { sessions, conditions } = statuses.at(-1)!
  assert.deepEqual(sessions.map(({ state, lastError }) => [state, lastError]), [['Idle', 'node node1 is leaving: drain; its routes are withdrawn and the session is closed until it stays']]) // biome-ignore format: one line
  assert.equal(conditions.find(({ type }) => type === 'Degraded')?.status, 'False') // it is as planned
})

test('leaving that is taken back while it drains changes nothing more than a community; taken back later, the session begins anew', async () => {
  const { speaker, peers, elapse } = await serving()
  speaker.observe(leaving('drain'))
  await elapse(1_000)
  speaker.observe(leaving(undefined))
  await elapse(10_000)
  assert.deepEqual([peers.length, peers[0]?.known(), peers[0]?.life], [1, ['203.0.113.1/32'], 'started'])
  speaker.observe(leaving('shutdown'))
  await elapse(10_000)
  speaker.observe(leaving(undefined))
  await elapse(100)
  assert.deepEqual([peers.length, peers[0]?.life, peers[1]?.draining, peers[1]?.prefixes()], [2, 'stopped', false, ['203.0.113.1/32']])
})

test('a process that ends on a node that is leaving keeps the rest of the pause, then says why', async () => {
  const { speaker, peers, elapse } = await serving()
  speaker.observe(leaving('shutdown'))
  await elapse(2_000)
  assert.ok(speaker.pauseMillis() > 2_900 && speaker.pauseMillis() <= 3_000)
  const ended = speaker.end()
  await elapse(2_900)
  assert.equal(peers[0]?.life, 'started')
  await elapse(200)
  await ended
  assert.deepEqual([peers[0]?.life, peers[0]?.reason], ['stopped', 'node node1 is leaving: shutdown'])
})

test('a process that begins on a node that is leaving holds no session, and one that makes room there says why', async () => {
  const late = world()
  late.speaker.observe(leaving('drain'))
  await late.elapse(100)
  late.speaker.serve()
  await late.elapse(1_000)
  assert.equal(late.peers.length, 0)
  const { speaker, peers, elapse } = await serving()
  speaker.observe(leaving('drain'))
  await elapse(1_000)
  await speaker.handOver()
  assert.equal(peers[0]?.reason, 'node node1 is leaving: drain')
})

test('an address that a stranger answers for is reported after a second of doubt, and forgotten after a minute of peace', async () => {
  const { speaker, logged, statuses, elapse } = world()
  speaker.observe(whole)
  speaker.serve()
  await elapse(100)
  const stranger = parseMac('02:00:5e:10:00:99')!
  speaker.onWorkerEvent({ is: 'conflict', address: ip('192.0.2.10'), mac: stranger, on: 'eth0' })
  speaker.onWorkerEvent({ is: 'conflict', address: ip('192.0.2.11'), mac: stranger, on: 'eth0' }) // node2's: no business of ours
  await elapse(3_000)
  const conflict = () => statuses.at(-1)?.conditions.find(({ type }) => type === 'Degraded')
  assert.equal(
    conflict()?.message,
    '192.0.2.10 is also answered for by 02:00:5e:10:00:99 on eth0: find that host and give it another address',
  )
  assert.equal(logged.filter(({ event }) => event === 'address-conflict').length, 1)
  await elapse(62_000)
  assert.equal(conflict()?.status, 'False')
})

test('a planned move is no conflict', async () => {
  const { speaker, logged, elapse } = world()
  speaker.observe(whole)
  speaker.serve()
  await elapse(100)
  speaker.onWorkerEvent({ is: 'conflict', address: ip('192.0.2.10'), mac: parseMac('02:00:5e:10:00:02')!, on: 'eth0' })
  await elapse(200)
  speaker.observe({ ...whole, slices: new Map([['a', slice([entry('192.0.2.10', { candidates: ['node2'] })])]]) })
  await elapse(5_000)
  assert.deepEqual(logged.filter(({ event }) => event === 'address-conflict'), []) // biome-ignore format: one line
})

test('an IPv6 address where no link can answer NDP is named, with what it needs', async () => {
  const { speaker, statuses, elapse } = world()
  speaker.onWorkerEvent({
    is: 'interfaces',
    interfaces: [{ name: 'eth0', mac: parseMac('02:00:5e:10:00:01')!, up: true, answers: ['ipv4'], addresses: [] }],
  })
  speaker.observe({ ...whole, slices: new Map([['a', slice([entry('2001:db8::10')])]]) })
  speaker.serve()
  await elapse(40)
  speaker.onWorkerEvent({
    is: 'interfaces',
    interfaces: [{ name: 'eth0', mac: parseMac('02:00:5e:10:00:01')!, up: true, answers: ['ipv4'], addresses: [] }],
  })
  await elapse(3_000)
  const message = statuses.at(-1)?.conditions.find(({ type }) => type === 'Degraded')?.message ?? ''
  assert.equal(
    message,
    '2001:db8::10 is not answered for: it is announced on any interface, and none of that is up here with an IPv6 link-local address',
  )
})

test('what it begins and ceases to answer for is logged, thousands as a number', async () => {
  const { speaker, logged, elapse } = world()
  const said = () =>
    logged.filter(({ event }) => event.startsWith('l2-')).map(({ event, addresses, more }) => [event, (addresses as string[]).length, more])
  speaker.observe(whole)
  await elapse(200)
  speaker.observe({ ...whole, slices: new Map([['a', slice(Array.from({ length: 30 }, (_, i) => entry(`10.0.0.${i}`)))]]) })
  await elapse(1_000)
  assert.deepEqual(said(), [['l2-announced', 1, 0], ['l2-announced', 10, 20], ['l2-withdrawn', 1, 0]]) // biome-ignore format: one line
})

test('what a condition says is logged when it changes, and only then', async () => {
  const { speaker, logged, elapse } = world()
  speaker.observe(whole)
  speaker.serve()
  await elapse(3_000)
  const broken: Observed = { ...whole, slices: new Map([['a', slice([{ ...entry('192.0.2.10'), term: -1 }])]]) }
  speaker.observe(broken)
  await elapse(3_000)
  speaker.observe(broken)
  await elapse(3_000)
  const said = logged
    .filter(({ event, type }) => event === 'condition' && type === 'Degraded')
    .map(({ status, reason }) => [status, reason])
  assert.deepEqual(said.slice(-1), [['True', 'Unreadable']])
  assert.equal(said.filter(([, reason]) => reason === 'Unreadable').length, 1)
})

test('a plan that was deleted and made anew gets its status again, although nothing in it changed', async () => {
  const { speaker, statuses, elapse } = world()
  speaker.observe(whole)
  speaker.serve()
  await elapse(2_000)
  const written = statuses.length
  speaker.observe({ ...whole, plan: { ...whole.plan!, uid: 'another' } })
  await elapse(2_000)
  assert.equal(statuses.length, written + 1)
})

test('an API server that is away is said once, whatever else fails with it, and once when it is back; a renewed watch is nothing', async () => {
  const { speaker, logged, api, elapse } = world()
  speaker.observe(whole)
  speaker.serve()
  await elapse(2_000)
  const said = () => logged.map(({ event }) => event).filter((event) => /^(api|status)-/.test(event))
  speaker.observe({ ...whole, trouble: 'the watch is being renewed' })
  await elapse(1_000)
  speaker.observe(whole)
  await elapse(10_000)
  assert.deepEqual(said(), [])
  api.away = true
  speaker.observe({ ...whole, trouble: 'connect ECONNREFUSED 10.96.0.1:443' })
  speaker.onWorkerEvent({ is: 'interfaces', interfaces: [] }) // something to write
  await elapse(60_000)
  assert.deepEqual(said(), ['api-lost'])
  api.away = false
  speaker.observe(whole)
  await elapse(60_000)
  assert.deepEqual(said(), ['api-lost', 'api-back'])
})

test('a status that is refused while the watches work is said once, too', async () => {
  const { speaker, logged, api, elapse } = world()
  api.away = true
  speaker.observe(whole)
  speaker.serve()
  await elapse(60_000)
  api.away = false
  await elapse(60_000)
  assert.deepEqual(logged.map(({ event }) => event).filter((event) => event.startsWith('status-')), ['status-not-written', 'status-written-again']) // biome-ignore format: one line
})

async function watched(first: 'up' | 'down' = 'up') {
  const it = world()
  it.speaker.observe({ ...whole, plan: object(plan({ sessions: [session({ bfd: profile })], slices: ['a'], routeSets: ['s'] })) })
  await it.elapse(100)
  it.speaker.serve()
  it.peers[0]!.establish('192.0.2.5')
  const says = (state: 'up' | 'down', losses: number) => it.speaker.onWorkerEvent({ is: 'bfd', sessions: [{ peer: 'tor', state, losses }] })
  /** The session, as the status has it. */
  const shown = () => it.statuses.at(-1)!.sessions[0]!
  says(first, 0)
  await it.elapse(2_000)
  return { ...it, says, shown }
}

test('BFD that loses the way ends the session at once, and the status shows both', async () => {
  const { peers, says, shown, elapse } = await watched()
  assert.deepEqual([shown().bfd?.state, peers[0]?.hurried], ['Up', 1])
  says('down', 1)
  assert.equal(peers[0]?.status().state, 'idle')
  await elapse(2_000)
  const { state, lastError = '', bfd } = shown()
  assert.deepEqual([state, bfd?.state, lastError.includes('BFD has lost 192.0.2.1 port 179 (6/10')], ['Idle', 'Down', true], lastError)
})

test('BFD that is down though it was up is named in Degraded; however often it changes, the status is written once a second', async () => {
  const { says, statuses, elapse } = await watched()
  const degraded = () => statuses.at(-1)?.conditions.find(({ type }) => type === 'Degraded')
  says('down', 1)
  await elapse(2_000)
  assert.match(degraded()?.message ?? '', /BGP session tor: BFD has lost 192\.0\.2\.1 port 179 [^.]*\. BFD session tor is Down$/)
  const written = statuses.length
  for (let i = 0; i < 50; i++) {
    says(i % 2 === 0 ? 'up' : 'down', 1)
    await elapse(100)
  }
  assert.ok(statuses.length - written <= 6, `${statuses.length - written} writes in 5 s`)
})

test('a BFD session that never comes up is named in Degraded after 30 s, though nothing else happens', async () => {
  const { statuses, elapse } = await watched('down')
  const degraded = () => statuses.at(-1)?.conditions.find(({ type }) => type === 'Degraded')
  assert.equal(degraded()?.status, 'False')
  await elapse(31_000)
  assert.deepEqual([degraded()?.status, degraded()?.reason, degraded()?.message], ['True', 'BfdDown', 'BFD session tor is Down'])
})

test('BFD is told the address the session speaks from once that is known, and is left to a successor when this speaker leaves', async () => {
  const { speaker, commands, elapse } = await watched()
  const left = speaker.handOver()
  await elapse(50)
  speaker.onWorkerEvent({ is: 'bfd-handed-over', handovers: [] })
  assert.equal(await left, undefined)
  const said = commands.flatMap((message) => {
    if (message.is === 'bfd') return [message.sessions.map(({ peer, observedLocal }) => `${peer} ${observedLocal ?? ''}`).join()]
    return message.is === 'bfd-hand-over' ? ['leave'] : []
  })
  assert.deepEqual(said, ['tor ', 'tor 192.0.2.5', 'leave'])
})

test('pods that go take their route along, and no other, although the operator is away and part of its plan is unknown; they bring it back', async () => {
  const { speaker, peers, health, elapse } = world()
  health.set(32_000, 'pods')
  const local = { ...route('203.0.113.9/32'), healthCheckNodePort: 32_000 }
  const plans = object(plan({ sessions: [session()], routeSets: ['s', 'never-seen'] }))
  speaker.observe({ ...whole, plan: plans, routeSets: new Map([['s', routeSet(local, route('203.0.113.1/32'))]]) })
  await elapse(100)
  speaker.serve()
  const advertised = () => peers[0]!.prefixes()
  assert.deepEqual(advertised(), ['203.0.113.1/32', '203.0.113.9/32'])
  health.set(32_000, 'no-pods')
  await elapse(1_100)
  assert.deepEqual(advertised(), ['203.0.113.1/32'])
  health.set(32_000, 'pods')
  await elapse(1_100)
  assert.deepEqual(advertised(), ['203.0.113.1/32', '203.0.113.9/32'])
})

test('routers may connect only while it serves: not before the handover, not after it, nor when the process ends', async () => {
  const { speaker, peers, tcp, elapse } = world()
  speaker.observe(whole)
  await elapse(500)
  assert.deepEqual([tcp.connect('192.0.2.1'), tcp.attempts], ['nobody listens', 0])
  speaker.serve()
  await elapse(50)
  assert.deepEqual([tcp.connect('192.0.2.1'), peers[0]?.accepted], ['taken', 1])
  for (const away of [() => speaker.handOver(), () => speaker.end()]) {
    const gone = away()
    await elapse(50)
    speaker.onWorkerEvent({ is: 'bfd-handed-over', handovers: [] })
    await gone
    assert.deepEqual(tcp.open(), [])
    speaker.serve()
    await elapse(50)
    assert.equal(tcp.connect('192.0.2.1'), 'taken')
  }
})
