import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { entry, plan } from '../builders'
import { nodeUnderTest, type Program, until } from '../lab/host'
import { savePlan, startSpeaker } from '../lab/speaker-process'
import { spread } from '../lab/spread'
import { onTwoHosts } from '../lab/two-hosts'

const lab = onTwoHosts()

const content = { plan: plan({ slices: ['node1-0'] }), slices: { 'node1-0': { node: 'node1', routes: [], l2: [entry('192.0.2.10')] } } }
const roles = (speaker: Program, of: string) => speaker.log.filter(({ event, role }) => event === 'role' && role === of)

function start(pod: string): Program {
  savePlan(lab.node, content, pod)
  return startSpeaker(lab.node, { built: lab.built, node: 'node1', pod })
}

const everyMillis = 5
const rounds = 8

test('a successor that dies right after the handover: the old one takes the role up again within 500 ms, and nobody asks in vain for 200', async () => {
  const old = start('a')
  await until('the old one serves', () => roles(old, 'serving').length === 1)
  const prober = lab.neighbor.start([nodeUnderTest, `${lab.built}/prober.js`, 'lan0', '192.0.2.10', `${everyMillis}`])
  await until('it is answered', () => prober.output.includes('first answer'))
  const millis: number[] = []
  for (let round = 1; round <= rounds; round++) {
    const young = start('b')
    await until('the old one has left', () => roles(old, 'left').length === round)
    await young.kill('SIGKILL')
    millis.push(await until('the old one serves again', () => roles(old, 'serving').length === round + 1))
  }
  await prober.kill('SIGTERM')
  const { asked, unanswered } = JSON.parse(prober.output.trim().split('\n').at(-1) ?? '') as { asked: number; unanswered: number[] }
  // Questions in a row without an answer are one silence.
  const silences: number[] = []
  unanswered.forEach((at, i) => {
    if (i === 0 || at - unanswered[i - 1]! > 4 * everyMillis) silences.push(everyMillis)
    else silences[silences.length - 1]! += at - unanswered[i - 1]!
  })
  while (silences.length < rounds) silences.push(0)
  const [again, silent] = [spread('successor killed, the old one serves again', millis), spread('nobody answered for', silences)]
  console.log(`${asked} questions; ${again.line}\n${silent.line}`)
  assert.ok(asked > 500, `${asked} questions`)
  assert.ok(again.at(0.9) < 500, again.line)
  assert.ok(silent.at(0.9) < 200, silent.line)
}, 120_000)
