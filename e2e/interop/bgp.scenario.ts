import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, jest, test } from '@jest/globals'
import { Speaker, type SpokenRoute } from './bgp-speaker'
import { cable, Host, until } from './host'
import type { Router, Seen, Setup } from './routers'
import { bird } from './routers/bird'
import { frr } from './routers/frr'
import { gobgp } from './routers/gobgp'

jest.setTimeout(120_000)

const setup: Setup = { as: 65002, neighborAs: 65001, local: '10.99.0.2', neighbor: '10.99.0.1', holdSeconds: 9 }
const options = [
  '--peer',
  '10.99.0.2',
  '--peer-as',
  '65002',
  '--local-as',
  '65001',
  '--hold',
  '9',
  '--connect',
  '3',
  '--next-hop',
  'fd00:99:0::1',
]
const four: SpokenRoute = { prefix: '203.0.113.10/32' }
const six: SpokenRoute = { prefix: '2001:db8:1::1/128' }

let us: Host
let them: Host
beforeEach(async () => {
  us = await Host.make('us')
  them = await Host.make('router')
  await cable(us, them)
})
afterEach(async () => {
  await us.close()
  await them.close()
})

/** The router knows exactly these prefixes of the family. */
const knows = (router: Router, family: 'ipv4' | 'ipv6', prefixes: readonly string[]): Promise<readonly Seen[]> =>
  until(`the router to know ${prefixes.join(', ') || 'nothing'}`, 20, async () => {
    const routes = await router.routes(family)
    return JSON.stringify(routes.map(({ prefix }) => prefix).sort()) === JSON.stringify([...prefixes].sort()) ? routes : undefined
  })

const plain = (seen: Seen | undefined) => ({ prefix: seen?.prefix, nextHop: seen?.nextHop, asPath: seen?.asPath })

for (const make of [frr, bird, gobgp]) {
  describe(make.name, () => {
    test('a session comes up, routes of both families arrive, and a withdrawn one goes', async () => {
      const router = await make.start(them, setup)
      const speaker = new Speaker(us, options)
      speaker.setRoutes([four, six])
      const { agreed } = await speaker.next('established')
      assert.deepEqual(agreed.families, ['ipv4', 'ipv6'])
      assert.deepEqual((await knows(router, 'ipv4', ['203.0.113.10/32'])).map(plain), [
        { prefix: '203.0.113.10/32', nextHop: '10.99.0.1', asPath: '65001' },
      ])
      assert.deepEqual((await knows(router, 'ipv6', ['2001:db8:1::1/128'])).map(plain), [
        { prefix: '2001:db8:1::1/128', nextHop: 'fd00:99::1', asPath: '65001' },
      ])
      speaker.setRoutes([six])
      await knows(router, 'ipv4', [])
      await knows(router, 'ipv6', ['2001:db8:1::1/128'])
    })

    test('TCP-MD5: with the same password it comes up; with another one it does not, and says so', async () => {
      await make.start(them, { ...setup, md5: 'common-secret' })
      await us.exec('sh', '-c', 'printf common-secret >/run/right; printf other-secret >/run/wrong')
      const refused = new Speaker(us, [...options, '--md5-file', '/run/wrong'])
      assert.match((await refused.next('failed')).message, /same TCP-MD5 password/)
      refused.kill('SIGKILL')
      await refused.ended
      const taken = new Speaker(us, [...options, '--md5-file', '/run/right'])
      await taken.next('established')
    })

    test('RFC 4271 §6.5: a frozen router is dropped when the hold time runs out, and found again when it wakes', async () => {
      const router = await make.start(them, setup)
      const speaker = new Speaker(us, options)
      speaker.setRoutes([four])
      await speaker.next('established')
      router.running.child.kill('SIGSTOP')
      const { message } = await speaker.next('failed', 15)
      assert.match(message, /nothing heard from 10.99.0.2 port 179 for 9 s/)
      router.running.child.kill('SIGCONT')
      await speaker.next('established', 40)
      await knows(router, 'ipv4', ['203.0.113.10/32'])
    })

    test('a router that restarts is found again and told everything', async () => {
      const first = await make.start(them, setup)
      const speaker = new Speaker(us, options)
      speaker.setRoutes([four, six])
      await speaker.next('established')
      first.running.child.kill('SIGKILL')
      await first.running.ended
      await speaker.next('failed')
      const second = await make.start(them, setup)
      await speaker.next('established', 30)
      await knows(second, 'ipv4', ['203.0.113.10/32'])
      await knows(second, 'ipv6', ['2001:db8:1::1/128'])
    })

    test('a router that refuses our OPEN is reported in words', async () => {
      await make.start(them, { ...setup, neighborAs: 65077 })
      const { code, subcode, message } = await new Speaker(us, options).next('failed')
      assert.deepEqual([code, subcode], [2, 2])
      assert.match(message, /refuses our OPEN: Bad Peer AS \(2\/2\): it does not expect AS 65001 from us; check localAs/)
    })

    test('a router of another AS than expected is refused in words', async () => {
      await make.start(them, setup)
      const mistaken = options.map((word) => (word === '65002' ? '65009' : word))
      const { message } = await new Speaker(us, mistaken).next('failed')
      assert.match(message, /Bad Peer AS \(2\/2\): it says AS 65002, and we expect AS 65009/)
    })
  })
}
