import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { ip, plan, route, session } from '../builders'
import { Bird } from '../lab/bird'
import { Gobgp } from '../lab/gobgp'
import { nodeUnderTest, type Program, until } from '../lab/host'
import { routerBfd } from '../lab/router-bfd'
import { type SpeakerOptions, savePlan, startSpeaker } from '../lab/speaker-process'
import { onTwoHosts } from '../lab/two-hosts'
import { profile } from '../sim/bfd-world'

const lab = onTwoHosts()

/** For tests about anything but speed: no busy machine keeps a process from speaking for as long as the detection time of 900 ms. */
const intervalMillis = 300
const calm = { ...profile, receiveIntervalMillis: intervalMillis, transmitIntervalMillis: intervalMillis }

const content = {
  plan: plan({
    routeSets: ['shared'],
    sessions: [session({ address: ip('192.0.2.99'), bfd: calm, holdSeconds: 9, keepaliveSeconds: 3 })],
  }),
  routeSets: { shared: { audience: 'every-node', routes: [route('203.0.113.1/32')] } },
}
const lines = (of: Program, event: string) => of.log.filter((line) => line['event'] === event)
const bfdStates = (speaker: Program) => lines(speaker, 'bfd-state').map(({ state }) => state)

/** A speaker whose session with GoBGP is watched, both up. */
async function watched(more: Partial<SpeakerOptions> = {}) {
  const gobgp = await Gobgp.start(lab.neighbor)
  const bfd = routerBfd(lab.neighbor, lab.built, intervalMillis)
  savePlan(lab.node, content, 'a')
  const speaker = startSpeaker(lab.node, { built: lab.built, node: 'node1', pod: 'a', ...more })
  await until('BFD is up', () => bfdStates(speaker).at(-1) === 'Up')
  await until('GoBGP has the route', () => gobgp.routes().length === 1)
  await until('both ends have agreed on their pace', () => /"detectionMicros":900000/.test(bfd.output))
  return { gobgp, bfd, speaker }
}

test('a router that falls silent loses its BGP session by BFD, long before the hold time; it comes back by itself', async () => {
  const { gobgp, bfd, speaker } = await watched()
  bfd.signal('SIGSTOP')
  await until('BGP is ended', () => lines(speaker, 'bgp-failed').length > 0)
  assert.match(`${lines(speaker, 'bgp-failed')[0]?.['message']}`, /BFD/)
  assert.match(`${lines(speaker, 'bfd-state').at(-1)?.['problem']}`, /nothing heard from 192\.0\.2\.99 for 900 ms/)
  bfd.signal('SIGCONT')
  await until('BFD is up again', () => bfdStates(speaker).at(-1) === 'Up')
  await until('GoBGP has the route again', () => gobgp.routes().length === 1, 60_000)
}, 120_000)

test('while one speaker replaces another BIRD’s BFD session stays up: it sees no change of state or of pace', async () => {
  const bird = await Bird.start(lab.neighbor, intervalMillis)
  savePlan(lab.node, content, 'a')
  const speaker = startSpeaker(lab.node, { built: lab.built, node: 'node1', pod: 'a' })
  await until('BIRD has the route', () => bird.routes().length === 1)
  const pace = /Up +\S+ +0\.300 +0\.900/
  await until('BFD is up at its pace', () => pace.test(bird.bfdSession()))
  await until('its log says so too', () => bird.bfdChanges().at(-1)?.endsWith('to Up') === true)
  const before = bird.bfdChanges()
  savePlan(lab.node, content, 'b')
  const young = startSpeaker(lab.node, { built: lab.built, node: 'node1', pod: 'b' })
  await until('the new one has inherited', () => lines(young, 'bfd-inherited').length === 1)
  assert.equal(lines(young, 'bfd-inherited')[0]?.['sessions'], 1)
  await until('the new one serves', () => lines(young, 'role').at(-1)?.['role'] === 'serving')
  assert.equal(await speaker.kill('SIGTERM'), 0)
  await until('BIRD has the route again', () => bird.routes().length === 1)
  assert.deepEqual(bird.bfdChanges(), before, 'BIRD noticed')
  assert.match(bird.bfdSession(), pace)
  assert.deepEqual(bfdStates(young), ['Up'])
  // The same log tells of a session that does end: had this one, it would stand there.
  assert.equal(await young.kill('SIGTERM'), 0)
  await until('BIRD tells of an end', () => bird.bfdChanges().length > before.length)
}, 120_000)

/** Of the session, as Prometheus reads them from another host. */
function scraped(): readonly number[] {
  const program = `fetch('http://192.0.2.5:7472/metrics').then(a=>a.text()).then(t=>process.stdout.write(t),()=>{})` // one word
  const text = lab.neighbor.run(`${nodeUnderTest} -e ${program}`)
  const names = ['control_packet_input', 'control_packet_output', 'session_up_events', 'session_down_events']
  return names.map((name) => Number(new RegExp(`^metallb_bfd_${name}{peer="192.0.2.99"} (\\d+)$`, 'm').exec(text)?.[1]))
}

test('a scrape tells how many packets went each way, and how often the session came up and went down', async () => {
  const { bfd } = await watched({ metrics: { host: '192.0.2.5', port: 7472 } })
  bfd.signal('SIGSTOP')
  await until('the end is counted', () => scraped()[3] === 1)
  bfd.signal('SIGCONT')
  await until('both are counted', () => scraped()[2] === 2)
  const [received = 0, sent = 0, , downs] = scraped()
  assert.ok(received > 5 && sent > 5, `${received} received, ${sent} sent`)
  assert.equal(downs, 1)
}, 90_000)

test('a speaker that ends without a successor says that it is on purpose: AdminDown', async () => {
  const { bfd, speaker } = await watched()
  assert.equal(await speaker.kill('SIGTERM'), 0)
  await until('the router hears it', () => /admin-down/.test(bfd.output))
}, 90_000)
