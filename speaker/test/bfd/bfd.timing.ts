import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, test } from '@jest/globals'
import { ip, plan, route, session } from '../builders'
import { Bird } from '../lab/bird'
import { builtSpeaker } from '../lab/built'
import { cable, Host, until } from '../lab/host'
import { savePlan, startSpeaker } from '../lab/speaker-process'
import { spread } from '../lab/spread'
import { profile } from '../sim/bfd-world'

let built = ''
let node: Host
let router: Host
beforeAll(async () => {
  built = await builtSpeaker()
}, 30_000)
afterAll(() => rmSync(built, { recursive: true, force: true }))
beforeEach(async () => {
  ;[node, router] = await Promise.all([Host.start(), Host.start()])
  cable(node, 'eth0', '192.0.2.5/24', { host: router, name: 'lan0', address: '192.0.2.99/24' })
})
afterEach(() => Promise.all([node.stop(), router.stop()]))

const content = {
  plan: plan({
    routeSets: ['shared'],
    sessions: [session({ address: ip('192.0.2.99'), bfd: profile, holdSeconds: 9, keepaliveSeconds: 3, connectSeconds: 1 })],
  }),
  routeSets: { shared: { audience: 'every-node', routes: [route('203.0.113.1/32')] } },
}

test('a router that falls silent loses its BGP session within the detection time of 150 ms, where the hold time is 9 s', async () => {
  const bird = await Bird.start(router)
  savePlan(node, content)
  const speaker = startSpeaker(node, { built, node: 'node1' })
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
