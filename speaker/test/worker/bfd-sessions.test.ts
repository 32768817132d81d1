import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { parseBfdHandovers } from '../../src/bfd/handover-codec'
import { bfdWorld, eth0, ours, profile, router, specTo } from '../sim/bfd-world'

async function up() {
  const world = bfdWorld()
  const there = world.configured()
  const here = world.node()
  here.sessions.reconcile([specTo()])
  world.clock.advance(5_000)
  assert.deepEqual([here.seen()?.state, there.status().state], ['up', 'up'])
  return { ...world, here, router: there }
}

test('a session comes up at the pace of its profile and is told with its detection time; what stays is not told again', async () => {
  const { clock, here } = await up()
  assert.deepEqual(here.seen(), { peer: 'tor', state: 'up', losses: 0, detectionMillis: 150 })
  const reported = here.reports().length
  for (let i = 0; i < 10; i++) {
    here.sessions.reconcile([specTo()])
    here.sessions.links([eth0])
    clock.advance(1_000)
  }
  assert.deepEqual([here.reports().length, here.bfd.sessions().length], [reported, 1])
})

test('silence is told within the detection time, as a loss, in words; when it ends the session comes back and remembers', async () => {
  const { clock, conditions, here } = await up()
  conditions.lost = true
  clock.advance(160)
  assert.deepEqual(here.seen(), {
    peer: 'tor',
    state: 'down',
    losses: 1,
    problem: 'Control Detection Time Expired: nothing heard from 192.0.2.1 for 150 ms',
  })
  conditions.lost = false
  clock.advance(5_000)
  assert.deepEqual([here.seen()?.state, here.seen()?.losses], ['up', 1])
  assert.match(here.seen()?.problem ?? '', /nothing heard from 192.0.2.1 for 150 ms/)
})

test('a router that loses us is a loss; one that disables BFD on purpose is none (RFC 5882 §4.2)', async () => {
  const deaf = await up()
  deaf.router.handOver() // it is gone without a word, and begins anew
  deaf.configured()
  deaf.clock.advance(200)
  assert.equal(deaf.here.seen()?.losses, 1)
  const { clock, here, router: there } = await up()
  there.disable()
  clock.advance(100)
  assert.deepEqual([here.seen()?.state, here.seen()?.losses], ['down', 0])
  assert.match(here.seen()?.problem ?? '', /admin-down/)
})

test('what is counted of each session is told every 5 s while there is one: packets each way, and how often it came up and went down', async () => {
  const { clock, conditions, here } = await up()
  const counted = () => here.posted.flatMap((message) => (message.is === 'bfd-counters' ? [message.sessions] : []))
  const first = counted().length
  conditions.lost = true
  clock.advance(1_000)
  conditions.lost = false
  clock.advance(9_000)
  assert.equal(counted().length, first + 2)
  const counts = counted().at(-1)?.get('tor')
  assert.deepEqual([counts?.sessionUpEvents, counts?.sessionDownEvents], [2, 1])
  assert.ok((counts?.controlPacketInput ?? 0) > 150 && (counts?.controlPacketOutput ?? 0) > 150)
  here.sessions.reconcile([])
  clock.advance(60_000)
  assert.deepEqual([counted().length, counted().at(-1)], [first + 3, new Map()])
})

test('a session that is not wanted any more ends as on purpose, so that the router ends nothing', async () => {
  const { clock, here, router: there } = await up()
  here.sessions.reconcile([])
  clock.advance(100)
  assert.equal(there.status().peer?.state, 'admin-down')
  assert.deepEqual(here.reports().at(-1), [])
  clock.advance(5_000)
  assert.equal(here.bfd.sessions().length, 0)
})

test('another profile is told by a Poll Sequence: the session stays up on both ends', async () => {
  const { clock, here, router: there } = await up()
  const downs: string[] = []
  there.on('down', ({ message }) => downs.push(message))
  here.sessions.reconcile([
    specTo({ profile: { ...profile, receiveIntervalMillis: 300, transmitIntervalMillis: 300, detectMultiplier: 5 } }),
  ])
  clock.advance(5_000)
  assert.deepEqual([here.seen()?.state, here.seen()?.detectionMillis, there.status().pace?.detectionMicros], ['up', 900, 1_500_000])
  assert.deepEqual([downs, here.seen()?.losses], [[], 0])
})

test('a profile that is faster than can be kept runs at 50 ms, and says so', async () => {
  const { clock, here } = await up()
  here.sessions.reconcile([specTo({ profile: { ...profile, receiveIntervalMillis: 10, transmitIntervalMillis: 20 } })])
  clock.advance(5_000)
  assert.deepEqual([here.seen()?.state, here.seen()?.detectionMillis], ['up', 150])
  assert.equal(
    here.seen()?.problem,
    'it runs at 50 ms, the fastest pace here: BFDProfile fast asks for receiveInterval 10 ms and transmitInterval 20 ms',
  )
})

test('a router that never speaks is down without a loss, and the report says what is to be done', () => {
  const { clock, node } = bfdWorld()
  const here = node()
  here.sessions.reconcile([specTo()])
  clock.advance(10_000)
  assert.deepEqual(here.seen(), {
    peer: 'tor',
    state: 'down',
    losses: 0,
    problem: 'nothing heard from the router yet: enable BFD for this neighbour there',
  })
})

test('multihop waits for the address we speak from, and begins when it is known; packets with a lower TTL are dropped and named', () => {
  const { clock, node, configured } = bfdWorld()
  configured({ multihop: true, local: router })
  const here = node()
  const many = specTo({ hops: 'multihop', profile: { ...profile, minimumTtl: 250 } })
  here.sessions.reconcile([many])
  clock.advance(3_000)
  assert.match(here.seen()?.problem ?? '', /^multihop BFD begins once the BGP session was up/)
  here.sessions.reconcile([{ ...many, observedLocal: ours }])
  clock.advance(5_000)
  assert.deepEqual(here.seen(), { peer: 'tor', state: 'up', losses: 0, detectionMillis: 150 })
})

test('of two sessions with one path the second is named; the first goes on', async () => {
  const { clock, here } = await up()
  here.sessions.reconcile([specTo(), specTo({ peer: 'twin' })])
  clock.advance(1_000)
  assert.equal(here.seen()?.state, 'up')
  assert.match(here.seen('twin')?.problem ?? '', /one path has one session/)
})

test('while its link is away a session stays, so that its silence is found', async () => {
  const { clock, conditions, here } = await up()
  conditions.lost = true
  here.sessions.links([{ ...eth0, up: false }])
  clock.advance(200)
  assert.deepEqual([here.seen()?.state, here.seen()?.losses], ['down', 1])
})

test('nothing is begun before the links are known', () => {
  const { clock, node } = bfdWorld()
  const here = node('unknown')
  here.sessions.reconcile([specTo()])
  clock.advance(100)
  assert.deepEqual([here.bfd.sessions().length, here.reports()], [0, []])
  here.sessions.links([eth0])
  assert.deepEqual(here.bfd.sessions().map(({ path }) => path.interface), ['eth0']) // biome-ignore format: one line
})

test('a successor goes on where the predecessor was: the router sees nothing of it, not a change of state, not a discriminator', async () => {
  const { clock, here, node, router: there } = await up()
  const moved: string[] = []
  there.on('state', ({ state }) => moved.push(state))
  const before = there.status().peer?.discriminator
  const left = JSON.stringify(here.sessions.handOver())
  const next = node()
  clock.advance(60) // the socket between the two takes less
  next.sessions.reconcile([specTo()], parseBfdHandovers(left))
  clock.advance(10_000)
  assert.deepEqual([moved, there.status().peer?.discriminator], [[], before])
  assert.deepEqual([next.seen()?.state, next.seen()?.losses, next.seen()?.detectionMillis], ['up', 0, 150])
})

test('without a legacy, or with one of another path, a successor begins anew', async () => {
  const { clock, here, node, router: there } = await up()
  const handovers = here.sessions.handOver().map((handover) => ({ ...handover, path: { ...handover.path, interface: 'eth9' } }))
  const next = node()
  next.sessions.reconcile([specTo()], handovers)
  clock.advance(5_000)
  assert.deepEqual([next.seen()?.state, there.status().counters.sessionDownEvents], ['up', 1])
})

test('closing tells the router that it is no failure', async () => {
  const { clock, here, router: there } = await up()
  let closed = false
  void here.sessions.close().then(() => {
    closed = true
  })
  clock.advance(100)
  await new Promise((resolve) => setImmediate(resolve))
  assert.ok(closed)
  assert.equal(there.status().peer?.state, 'admin-down')
})

test('a legacy that is none is none: what comes from the socket is read field by field', async () => {
  const { here } = await up()
  const [handover] = here.sessions.handOver()
  assert.ok(handover !== undefined)
  const text = (change: object) => JSON.stringify([{ ...handover, ...change }])
  assert.deepEqual(parseBfdHandovers(text({})), [handover])
  const { remote: _heard, ...unheard } = handover.resume.state
  for (const bad of [
    '',
    '{}',
    text({ peer: 7 }),
    text({ path: { ...handover.path, peer: 'router' } }),
    text({ resume: { ...handover.resume, discriminator: 0 } }),
    text({ resume: { ...handover.resume, sourcePort: 70_000 } }),
    text({ resume: { ...handover.resume, state: unheard } }),
    text({ resume: { ...handover.resume, state: { ...handover.resume.state, poll: { is: 'running' } } } }),
  ])
    assert.deepEqual(parseBfdHandovers(bad), [], bad)
})
