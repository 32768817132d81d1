import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, test } from '@jest/globals'
import { entry, plan } from '../builders'
import { builtSpeaker } from '../lab/built'
import { cable, Host, until } from '../lab/host'
import { isReady, savePlan, startSpeaker } from '../lab/speaker-process'
import { spread } from '../lab/spread'

let built = ''
let node: Host
let client: Host
beforeAll(async () => {
  built = await builtSpeaker()
}, 30_000)
afterAll(() => rmSync(built, { recursive: true, force: true }))
beforeEach(async () => {
  ;[node, client] = await Promise.all([Host.start(), Host.start()])
  cable(node, 'eth0', '192.0.2.5/24', { host: client, name: 'lan0', address: '192.0.2.99/24' })
})
afterEach(() => Promise.all([node.stop(), client.stop()]))

const content = { plan: plan({ slices: ['node1-0'] }), slices: { 'node1-0': { node: 'node1', routes: [], l2: [entry('192.0.2.10')] } } }

test('a speaker that is told to end has ended within 2 s', async () => {
  const millis: number[] = []
  for (let round = 0; round < 8; round++) {
    savePlan(node, content)
    const speaker = startSpeaker(node, { built, node: 'node1' })
    await until('it is ready', () => isReady(node, built))
    const began = performance.now()
    assert.equal(await speaker.kill('SIGTERM'), 0)
    millis.push(performance.now() - began)
  }
  const { line, at } = spread('told to end, ended', millis)
  console.log(line)
  assert.ok(at(0.9) < 2_000, line)
}, 120_000)
