import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { entry, plan } from '../builders'
import { until } from '../lab/host'
import { isReady, savePlan, startSpeaker } from '../lab/speaker-process'
import { spread } from '../lab/spread'
import { onTwoHosts } from '../lab/two-hosts'

const lab = onTwoHosts()

const content = { plan: plan({ slices: ['node1-0'] }), slices: { 'node1-0': { node: 'node1', routes: [], l2: [entry('192.0.2.10')] } } }

test('a speaker that is told to end has ended within 2 s', async () => {
  const millis: number[] = []
  for (let round = 0; round < 8; round++) {
    savePlan(lab.node, content)
    const speaker = startSpeaker(lab.node, { built: lab.built, node: 'node1' })
    await until('it is ready', () => isReady(lab.node, lab.built))
    const began = performance.now()
    assert.equal(await speaker.kill('SIGTERM'), 0)
    millis.push(performance.now() - began)
  }
  const { line, at } = spread('told to end, ended', millis)
  console.log(line)
  assert.ok(at(0.9) < 2_000, line)
}, 120_000)
