import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { entry, plan } from '../builders'
import { nodeUnderTest, type Program, until } from '../lab/host'
import { savePlan, startSpeaker } from '../lab/speaker-process'
import { onTwoHosts } from '../lab/two-hosts'

const lab = onTwoHosts()

const metrics = { host: '192.0.2.5', port: 7472 }
const addresses = Array.from({ length: 80 }, (_, i) => entry(`192.0.2.${i + 10}`, { services: [`shop/web-${i}`] }))
const content = { plan: plan({ slices: ['a'] }), slices: { a: { node: 'node1', routes: [], l2: addresses } } }

function start(pod: string): Program {
  savePlan(lab.node, content, pod)
  return startSpeaker(lab.node, { built: lab.built, node: 'node1', pod, metrics })
}
const role = (speaker: Program): unknown => speaker.log.filter(({ event }) => event === 'role').at(-1)?.['role']

/** As Prometheus would, from another host; empty while nobody answers. */
function scrape(): string {
  const program = `fetch('http://192.0.2.5:7472/metrics').then(a=>a.text()).then(t=>process.stdout.write(t),()=>{})` // one word
  return lab.neighbor.run(`${nodeUnderTest} -e ${program}`)
}
const value = (text: string, sample: string): number => Number(text.split('\n').find((line) => line.startsWith(`${sample} `))?.split(' ').at(-1)) // biome-ignore format: one line
const startOf = (text: string): number => value(text, 'process_start_time_seconds')

test('a speaker is scraped at the address of its node, from another host; what it announces and what was asked stands there', async () => {
  const speaker = start('a')
  await until('it serves', () => role(speaker) === 'serving')
  const prober = lab.neighbor.start([nodeUnderTest, `${lab.built}/prober.js`, 'lan0', '192.0.2.10', '50'])
  await until('questions are counted', () => value(scrape(), 'metallb_layer2_requests_received{ip="192.0.2.10"}') > 10)
  await prober.kill('SIGTERM')
  const text = scrape()
  assert.equal(value(text, 'metallb_speaker_announced{service="shop/web-0",protocol="layer2",node="node1",ip="192.0.2.10"}'), 1)
  assert.ok(value(text, 'metallb_layer2_responses_sent{ip="192.0.2.10"}') > 10)
  assert.ok(value(text, 'metallb_layer2_gratuitous_sent{ip="192.0.2.11"}') >= 2)
  assert.equal(value(text, 'metallb_k8s_client_config_loaded_bool'), 1)
  assert.ok(value(text, 'process_resident_memory_bytes') > 1e7)
}, 120_000)

test('while one speaker replaces another the port changes hands, and the successor answers once it serves', async () => {
  const old = start('a')
  await until('the old one serves', () => role(old) === 'serving')
  await until('it is scraped', () => scrape() !== '')
  const before = startOf(scrape())
  const young = start('b')
  await until('the new one serves', () => role(young) === 'serving')
  await until('it is scraped', () => scrape() !== '')
  assert.ok(startOf(scrape()) > before)
  await old.kill('SIGTERM')
  assert.ok(startOf(scrape()) > before)
}, 120_000)

test('a port that somebody else has keeps no speaker from announcing', async () => {
  lab.node.start([nodeUnderTest, '-e', `require('net').createServer((socket) => socket.destroy()).listen(7472, '192.0.2.5')`])
  await until('it has the port', () => lab.node.run('ss -Hltn').includes(':7472 '))
  const speaker = start('a')
  await until('it serves', () => role(speaker) === 'serving')
  await until('it says so', () => speaker.log.some(({ event }) => event === 'metrics-not-served'))
  assert.equal(role(speaker), 'serving')
}, 120_000)
