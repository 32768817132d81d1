import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { ip, plan, route, session } from '../builders'
import { Bird } from '../lab/bird'
import { until } from '../lab/host'
import { savePlan, startSpeaker } from '../lab/speaker-process'
import { spread } from '../lab/spread'
import { onTwoHosts } from '../lab/two-hosts'
import { profile } from '../sim/bfd-world'

const lab = onTwoHosts()

const content = {
  plan: plan({
    routeSets: ['shared'],
    sessions: [session({ address: ip('192.0.2.99'), bfd: profile, holdSeconds: 9, keepaliveSeconds: 3, connectSeconds: 1 })],
  }),
  routeSets: { shared: { audience: 'every-node', routes: [route('203.0.113.1/32')] } },
}

test('a router that falls silent loses its BGP session within the detection time of 150 ms, where the hold time is 9 s', async () => {
  const bird = await Bird.start(lab.neighbor)
  savePlan(lab.node, content)
  const speaker = startSpeaker(lab.node, { built: lab.built, node: 'node1' })
  const failed = () => speaker.log.filter(({ event }) => event === 'bgp-failed')
  const millis: number[] = []
  for (let i = 0; i < 10; i++) {
    await until('BIRD has the route', () => bird.routes().length === 1)
    await until('BFD is up at its pace', () => /Up .* 0\.050 +0\.150/.test(bird.bfdSession()))
    const before = failed().length
    bird.running.signal('SIGSTOP')
    millis.push(await until('BGP is ended', () => failed().length > before))
    assert.match(`${failed().at(-1)?.['message']}`, /BFD/)
    bird.running.signal('SIGCONT')
  }
  const { line, at } = spread('router stopped, BGP session ended', millis)
  console.log(line)
  assert.ok(at(0.5) < 250 && at(0.9) < 400, line)
}, 180_000)
