import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, test } from '@jest/globals'
import { useApiServer } from '@loadstone/kube/testing'
import type { AnnouncementPlanSpec, L2Entry, PlannedRoute } from '@loadstone/plan'
import { entry, ip, plan, route, session } from './builders'
import { builtSpeaker } from './lab/built'
import { Cluster } from './lab/cluster'
import { Gobgp } from './lab/gobgp'
import { cable, Host, type Program, sleep, until } from './lab/host'
import { isReady, type SpeakerOptions, startSpeaker } from './lab/speaker-process'

const server = useApiServer()
let built = ''
let cluster: Cluster
beforeAll(async () => {
  built = await builtSpeaker()
  cluster = await Cluster.on(server())
}, 120_000)
afterAll(() => rmSync(built, { recursive: true, force: true }))

/** Each test has a node of its own name, so that none sees another's plan. */
let number = 0
let name = ''
let node: Host
let router: Host
let api: Awaited<ReturnType<Cluster['reachableFrom']>>
beforeEach(async () => {
  name = `node${++number}`
  ;[node, router] = await Promise.all([Host.start(), Host.start()])
  cable(node, 'eth0', '192.0.2.5/24', { host: router, name: 'lan0', address: '192.0.2.99/24' })
  node.run('ip address add 2001:db8::5/64 dev eth0 nodad')
  api = await cluster.reachableFrom(node)
})
afterEach(async () => {
  api.close()
  await Promise.all([node.stop(), router.stop(), back()])
})

/** A test that fails while the API server is away must not take those after it along. */
let away = false
async function leave(): Promise<void> {
  away = true
  await server().stopApiServer()
}
async function back(): Promise<void> {
  if (away) await server().startApiServer()
  away = false
}

/** Longer than the hold time of the session, 9 s. */
const awaySeconds = 15

const speak = (more: Partial<SpeakerOptions> = {}): Program => startSpeaker(node, { built, node: name, api: api.access, ...more })
const answers = (address: string): boolean => router.can(`arping -q -f -c 1 -w 1 -I lan0 ${address}`)
const mine = (address: string, more: Partial<L2Entry> = {}): L2Entry => entry(address, { candidates: [name, 'other'], ...more })
const peer = (more = {}) => session({ peer: 'tor', address: ip('192.0.2.99'), holdSeconds: 9, keepaliveSeconds: 3, ...more })

type Wanted = {
  readonly l2?: readonly L2Entry[]
  readonly local?: readonly PlannedRoute[]
  readonly shared?: readonly PlannedRoute[]
  readonly plan?: Partial<AnnouncementPlanSpec>
}
/** As the operator does: sets before plans. */
async function publish({ l2 = [], local = [], shared = [], plan: more = {} }: Wanted): Promise<void> {
  await cluster.slice(`${name}-0`, { node: name, l2, routes: local })
  await cluster.routeSet(`${name}-shared`, { audience: 'every-node', routes: shared })
  await cluster.plan(plan({ node: name, slices: [`${name}-0`], routeSets: [`${name}-shared`], ...more }))
}
const condition = async (type: string) => (await cluster.status(name))?.conditions.find((one) => one.type === type)
const logged = (speaker: Program, event: string) => speaker.log.filter((line) => line['event'] === event)

test('a plan is carried out: ARP answered, routes told, everything in the status; what leaves it is given up', async () => {
  const gobgp = await Gobgp.start(router)
  const speaker = speak()
  await until('it is alive', () => isReady(node, built, 'a', 'live'))
  assert.ok(!isReady(node, built), 'ready without a plan')
  await publish({
    l2: [mine('192.0.2.10'), mine('192.0.2.11', { candidates: ['other', name] })],
    local: [route('203.0.113.1/32', { communities: ['64512:7'] })],
    shared: [route('203.0.113.2/32'), route('203.0.113.3/32', { peers: ['another'] }), route('2001:db8:1::1/128')],
    plan: { sessions: [peer()] },
  })
  await until('it is ready', () => isReady(node, built))
  await until('ARP is answered', () => answers('192.0.2.10'))
  assert.ok(!answers('192.0.2.11'))
  await until('GoBGP has both families', () => gobgp.routes().length === 2 && gobgp.routes('ipv6').length === 1)
  assert.deepEqual(gobgp.routes(), ['203.0.113.1/32 via 192.0.2.5 64512:7', '203.0.113.2/32 via 192.0.2.5'])
  assert.deepEqual(gobgp.routes('ipv6'), ['2001:db8:1::1/128 via 2001:db8::5'])

  const tally = async () => {
    const [session] = (await cluster.status(name))?.sessions ?? []
    return [session?.announcedIPv4, session?.announcedIPv6].join(' ')
  }
  await until('the status is complete', async () => (await tally()) === '2 1')
  const status = await cluster.status(name)
  assert.equal(status?.summary, '1 address, 1 of 1 sessions established')
  assert.deepEqual([status?.observedSlices, status?.observedRouteSets], [[`${name}-0`], [`${name}-shared`]])
  assert.deepEqual(status?.claims, [{ address: '192.0.2.10', interfaces: ['eth0'], term: 1, takeovers: 0 }])
  assert.deepEqual(status?.interfaces.map(({ name, up, addresses }) => [name, up, addresses]), [['eth0', true, ['192.0.2.5', '2001:db8::5']]]) // biome-ignore format: one line
  assert.deepEqual(status?.conditions.map(({ type, status }) => [type, status]), [['Ready', 'True'], ['Degraded', 'False']]) // biome-ignore format: one line

  await publish({ shared: [route('203.0.113.2/32')], plan: { sessions: [peer()] } })
  await until('ARP is answered no more', () => !answers('192.0.2.10'))
  await until('the route is withdrawn', () => gobgp.routes().length === 1)
  assert.equal(await speaker.kill('SIGTERM'), 0)
}, 120_000)

test('an API server that is away: all stays announced, the log says so once, a restarted container goes on from the saved plan', async () => {
  const gobgp = await Gobgp.start(router)
  await publish({ l2: [mine('192.0.2.10')], shared: [route('203.0.113.2/32')], plan: { sessions: [peer()] } })
  const speaker = speak()
  await until('it announces', () => answers('192.0.2.10') && gobgp.routes().length === 1)
  await until('it has reported', async () => (await condition('Ready')) !== undefined)
  const before = await condition('Ready')
  const lostBefore = logged(speaker, 'api-lost').length // on a busy machine it may be late already when the speaker starts
  const sessionsBefore = logged(speaker, 'bgp-state').length
  /** Asks the whole time whether everything is announced. Returns how often. */
  const announcedFor = async (seconds: number): Promise<number> => {
    let looks = 0
    for (const end = performance.now() + seconds * 1_000; performance.now() < end; looks++) {
      assert.ok(answers('192.0.2.10'))
      assert.deepEqual(gobgp.routes(), ['203.0.113.2/32 via 192.0.2.5'])
      await sleep(500)
    }
    return looks
  }
  await leave()
  await until('it is noticed', () => logged(speaker, 'api-lost').length > lostBefore)
  const looks = await announcedFor(awaySeconds)
  assert.ok(looks >= 5, `${looks} looks`)
  assert.ok(isReady(node, built))
  assert.equal(logged(speaker, 'api-lost').length, lostBefore + 1)
  assert.equal(logged(speaker, 'bgp-state').length, sessionsBefore, 'the session was touched')

  await speaker.kill('SIGKILL')
  const again = speak()
  await until('the restarted one announces', () => answers('192.0.2.10') && isReady(node, built))
  await until('its session is up', () => logged(again, 'bgp-state').some((line) => line['state'] === 'Established'))
  await until('and so are its routes', () => gobgp.routes().length === 1)
  assert.ok((await announcedFor(awaySeconds)) >= 5)
  assert.ok(again.log.length < 25, again.output)
  await back()
  await until('it says that the API server is back', () => logged(again, 'api-back').length === 1, 60_000)
  assert.equal(logged(again, 'api-lost').length, 1)
  await cluster.slice(`${name}-0`, { node: name, l2: [mine('192.0.2.10'), mine('192.0.2.12')], routes: [] })
  await until('a change is carried out', () => answers('192.0.2.12'), 60_000)
  assert.equal((await condition('Ready'))?.lastTransitionTime, before?.lastTransitionTime)
}, 240_000)

test('a missing Secret, then one with a wrong password, then the right one: each is told in the status, the last one works', async () => {
  const gobgp = await Gobgp.start(router, { password: 'right' })
  const withSecret = (resourceVersion: string) =>
    publish({
      shared: [route('203.0.113.2/32')],
      plan: { sessions: [peer({ connectSeconds: 2, passwordSecret: { name: `${name}-tor`, resourceVersion } })] },
    })
  await withSecret('0')
  speak()
  const lastError = async () => (await cluster.status(name))?.sessions[0]?.lastError ?? ''
  await until('the missing Secret is told', async () => /Secret \S+ does not exist: create it/.test(await lastError()))
  assert.match((await condition('Degraded'))?.message ?? '', /BGP session tor: Secret/)
  await withSecret(await cluster.secret(`${name}-tor`, 'wrong'))
  await until(
    'the wrong password is told',
    async () => /password|MD5/i.test(await lastError()) && !/does not exist/.test(await lastError()),
    30_000,
  )
  await withSecret(await cluster.secret(`${name}-tor`, 'right'))
  await until('the session is up', () => gobgp.routes().length === 1)
  await cluster.delete('secrets', `${name}-tor`)
  await withSecret('gone')
  await until('the deleted Secret is told', async () => /goes on with the password known before/.test(await lastError()))
  assert.deepEqual(gobgp.routes(), ['203.0.113.2/32 via 192.0.2.5'])
}, 120_000)

test('a peer that refuses the OPEN is told in words in the status and in the log', async () => {
  await Gobgp.start(router, { neighborAs: 65_000 })
  await publish({ plan: { sessions: [peer()] } })
  const speaker = speak()
  await until('the refusal is in the status', async () => /AS/.test((await cluster.status(name))?.sessions[0]?.lastError ?? ''))
  assert.match((await condition('Degraded'))?.message ?? '', /BGP session tor: .*AS/)
  assert.match(`${logged(speaker, 'bgp-failed')[0]?.['message']}`, /AS/)
  assert.match(`${logged(speaker, 'condition').at(-1)?.['message']}`, /BGP session tor: .*AS/)
  assert.equal((await condition('Ready'))?.status, 'True')
}, 120_000)

test('deleted objects: slices and sets that are listed stay in force, a plan stays for 30 s, a plan that comes back is as before', async () => {
  const gobgp = await Gobgp.start(router)
  const desired = { l2: [mine('192.0.2.10')], shared: [route('203.0.113.2/32')], plan: { sessions: [peer()] } }
  await publish(desired)
  speak()
  await until('it announces', () => answers('192.0.2.10') && gobgp.routes().length === 1)
  await cluster.delete('announcementslices', `${name}-0`)
  await cluster.delete('routesets', `${name}-shared`)
  await until('it is told', async () => (await condition('Degraded'))?.reason === 'Remembered')
  assert.ok(answers('192.0.2.10'))
  assert.equal(gobgp.routes().length, 1)
  await cluster.delete('announcementplans', name)
  await sleep(5_000)
  assert.ok(answers('192.0.2.10'))
  assert.equal(gobgp.routes().length, 1)
  await publish(desired)
  await until('the new object has a status', async () => (await condition('Degraded'))?.status === 'False')
  await cluster.delete('announcementplans', name)
  const millis = await until('it is given up', () => !answers('192.0.2.10'), 60_000)
  assert.ok(millis > 25_000, `given up after ${millis} ms`)
  assert.deepEqual(gobgp.routes(), [])
}, 120_000)
