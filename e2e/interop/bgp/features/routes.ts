import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { cable, Host, inRepository, until } from '../../lab/host'
import { KEEPALIVE, type Message, messages, ROUTE_REFRESH, UPDATE } from '../../lab/messages'
import { watchWire } from '../../lab/wire'
import type { SeenRoute } from '../../routers/router'
import { type BgpEvent, BgpSpeaker } from '../speaker'
import { type BgpStage, type Feature, four, knows, type Lack, offersNo, overIpv6, six, together, toIpv6 } from './feature'

const plain = (seen: SeenRoute | undefined) => ({ nextHop: seen?.nextHop, asPath: seen?.asPath })
const inFeeder = inRepository('libs/bgp/out/bench/sender.js')

/** Attributes, flags and length included: one AS_SEQUENCE, of AS_TRANS in two octets, and of 4200000001 in four (RFC 6793 §3). */
const asPath = Buffer.from('40020402015ba0', 'hex')
const as4Path = Buffer.from('c011060201fa56ea01', 'hex')

/** Our AS is 4200000001 and the router's session is of two octets: what we send is the same to each, what it makes of that is not. */
async function toTwoOctets(stage: BgpStage, { neighborAs, sees }: { readonly neighborAs: number; readonly sees: string }): Promise<void> {
  const wire = await watchWire(stage.them, 'tcp port 179')
  const { router, agreed } = await together(stage, { twoOctet: true, neighborAs }, ['--local-as', '4200000001'], [four])
  assert.equal(agreed['fourOctetAs'], false)
  const [seen] = await knows(router, 'ipv4', ['203.0.113.10/32'])
  assert.equal(seen?.asPath, sees)
  const update = await until('our UPDATE on the wire', 60, () =>
    ofType(wire, '10.99.0.1', UPDATE).find(({ octets }) => octets.includes(fourOnWire)),
  )
  for (const attribute of [asPath, as4Path])
    assert.ok(update.octets.includes(attribute), `no ${attribute.toString('hex')} in ${update.octets.toString('hex')}`)
}

/** The router forgets our routes when our process is killed, as without graceful restart. */
const forgets = (because: string): Lack => ({
  because,
  shown: async (stage) => {
    const { router, speaker } = await together(stage, { gracefulRestart: true }, ['--graceful-restart', '60'], [four])
    await knows(router, 'ipv4', ['203.0.113.10/32'])
    speaker.kill('SIGKILL')
    await knows(router, 'ipv4', [])
  },
})
const exabgpForgets = forgets('4.2 keeps no routes of a peer that is gone, whatever it offers')
const alwaysFour: Lack = {
  because: '3.10 has no setting that leaves capability 65 out of its OPEN',
  shown: async (stage) => {
    // the names of all its settings stand in the program
    const names = (await stage.them.exec('sh', '-c', `grep -aoE 'mapstructure:"[a-z0-9-]+"' "$(command -v gobgpd)"`)).split('\n')
    assert.ok(names.includes('mapstructure:"peer-as"'))
    assert.deepEqual(
      names.filter((name) => /four|octet|asn?4|4-?byte/.test(name)),
      [],
    )
    const { agreed } = await together(stage, {}, [], [])
    assert.equal(agreed['fourOctetAs'], true)
  },
}

type Wire = Awaited<ReturnType<typeof watchWire>>
const ofType = (wire: Wire, sender: string, wanted: number): readonly Message[] =>
  messages(wire()).filter(({ from, type }) => from === sender && type === wanted)
/** The prefix of `four`. */
const fourOnWire = Buffer.from([32, 203, 0, 113, 10])
/** Waits for the router's next KEEPALIVE, after which everything that it sent before has arrived. */
function nextKeepalive(wire: Wire): () => true | undefined {
  const before = ofType(wire, '10.99.0.2', KEEPALIVE).length
  return () => (ofType(wire, '10.99.0.2', KEEPALIVE).length > before ? true : undefined)
}

/** Asked for its routes again, the router logs these words and tells nothing. */
async function staysSilent(stage: BgpStage, logs: RegExp, then: BgpEvent['heard']['ipv4']): Promise<void> {
  const { router, speaker } = await together(stage, { originates: ['198.51.100.0/24'] }, [], [])
  await until('its route', 60, async () => ((await speaker.status()).heard.ipv4 === 1 ? true : undefined))
  const before = router.running.output().length
  speaker.tell({ do: 'refresh', family: 'ipv4' })
  await until(`its log to say ${logs}`, 60, () => (logs.test(router.running.output().slice(before)) ? true : undefined))
  await sleep(1000)
  assert.equal((await speaker.status()).heard.ipv4, then)
}

/** The router passes on to us what another speaker of ours tells it. */
async function fed(stage: BgpStage, count: number) {
  const feeder = await Host.make('feeder')
  stage.them.onClose(() => feeder.close())
  await cable(feeder, stage.them, 1)
  const router = await stage.router({ holdSeconds: 90, feeder: { address: '10.99.1.1', as: 65003 } })
  const speaker = stage.speaker('--hold', '90')
  await speaker.next('established')
  const source = feeder.spawn(['node', inFeeder, '10.99.1.2', '65002', '65003', 'ipv4', String(count), '1'])
  source.child.stdin?.write('prepare\nstart\n')
  return { router, speaker, source }
}

/** Features of routes, in both directions. */
export const routes: readonly Feature[] = [
  {
    title: 'eBGP over IPv4: routes of both families arrive, and a withdrawn one goes',
    run: async (stage) => {
      const { router, speaker, agreed } = await together(stage, {}, [], [four, six])
      assert.deepEqual(agreed.families, ['ipv4', 'ipv6'])
      assert.deepEqual((await knows(router, 'ipv4', ['203.0.113.10/32'])).map(plain), [{ nextHop: '10.99.0.1', asPath: '65001' }])
      assert.deepEqual((await knows(router, 'ipv6', ['2001:db8:1::1/128'])).map(plain), [{ nextHop: 'fd00:99::1', asPath: '65001' }])
      speaker.setRoutes([six])
      await knows(router, 'ipv4', [])
      await knows(router, 'ipv6', ['2001:db8:1::1/128'])
    },
  },
  {
    title: 'eBGP over IPv6: routes of both families arrive, and a withdrawn one goes',
    run: async (stage) => {
      const { router, speaker } = await together(stage, overIpv6, toIpv6, [four, six])
      assert.deepEqual((await knows(router, 'ipv4', ['203.0.113.10/32'])).map(plain), [{ nextHop: '10.99.0.1', asPath: '65001' }])
      assert.deepEqual((await knows(router, 'ipv6', ['2001:db8:1::1/128'])).map(plain), [{ nextHop: 'fd00:99::1', asPath: '65001' }])
      speaker.setRoutes([four])
      await knows(router, 'ipv6', [])
      await knows(router, 'ipv4', ['203.0.113.10/32'])
    },
  },
  {
    title: 'iBGP: local preference arrives, the path is empty',
    run: async (stage) => {
      const { router } = await together(stage, { as: 65001 }, ['--peer-as', '65001'], [{ ...four, localPref: 222 }, six])
      const [seen] = await knows(router, 'ipv4', ['203.0.113.10/32'])
      assert.deepEqual([seen?.localPref, seen?.asPath], [222, ''])
      const [other] = await knows(router, 'ipv6', ['2001:db8:1::1/128'])
      assert.equal(other?.localPref, 100)
    },
  },
  {
    title: 'AS_PATH with our AS three times more, in both families',
    run: async (stage) => {
      const { router } = await together(
        stage,
        {},
        [],
        [
          { ...four, asPathPrepend: 3 },
          { ...six, asPathPrepend: 3 },
        ],
      )
      const prepended = '65001 65001 65001 65001'
      assert.deepEqual(
        (await knows(router, 'ipv4', ['203.0.113.10/32'])).map(({ asPath: path }) => path),
        [prepended],
      )
      assert.deepEqual(
        (await knows(router, 'ipv6', ['2001:db8:1::1/128'])).map(({ asPath: path }) => path),
        [prepended],
      )
    },
  },
  {
    title: 'MED and communities of three kinds (RFC 1997, 4360, 8092)',
    run: async (stage) => {
      const route = { ...four, med: 50, communities: ['65001:7'], largeCommunities: ['65001:1:2'], extendedCommunities: ['rt:65001:9'] }
      const { router } = await together(stage, {}, [], [route])
      const [seen] = await knows(router, 'ipv4', ['203.0.113.10/32'])
      assert.deepEqual([seen?.med, seen?.communities, seen?.largeCommunities], [50, ['65001:7'], ['65001:1:2']])
      assert.match(seen?.raw ?? '', /65001(, ?|:)9\b|00:02:fd:e9:00:00:00:09|0002fde900000009|842180473651209/i)
    },
  },
  {
    title: 'a peer of two-octet AS numbers (RFC 6793): AS_TRANS and AS4_PATH tell it the true one',
    lacks: {
      GoBGP: alwaysFour,
      FRR: {
        because:
          '8.4 with "dont-capability-negotiate" reads capability 65 of our OPEN all the same, and so leaves the AS4_PATH that we send unread',
        shown: (stage) => toTwoOctets(stage, { neighborAs: 4_200_000_001, sees: '23456' }),
      },
      BIRD: {
        because:
          '2.0.12 with "enable as4 off" takes no neighbour of a four-octet AS (its log: "Neighbor AS number out of range"), and holds capability 65 of our OPEN against 23456',
        shown: (stage) => assert.rejects(stage.router({ twoOctet: true, neighborAs: 4_200_000_001 }), /out of range/),
      },
    },
    // OpenBGPD reads our capability 65 even where it offers none of its own
    run: (stage) => toTwoOctets(stage, { neighborAs: stage.make.name === 'ExaBGP' ? 23_456 : 4_200_000_001, sees: '4200000001' }),
  },
  {
    title: 'a peer of two-octet AS numbers, ours being one',
    lacks: { GoBGP: alwaysFour },
    run: async (stage) => {
      const { router, agreed } = await together(stage, { twoOctet: true }, [], [four])
      assert.equal(agreed['fourOctetAs'], false)
      const [seen] = await knows(router, 'ipv4', ['203.0.113.10/32'])
      assert.equal(seen?.asPath, '65001')
    },
  },
  {
    title: 'route refresh (RFC 2918, 7313): the router asks, and we tell all again',
    lacks: {
      GoBGP: {
        because: '3.10 keeps what it was told, and "softresetin" looks at that: no ROUTE-REFRESH leaves it',
        shown: async (stage) => {
          const wire = await watchWire(stage.them, 'tcp port 179')
          const { router } = await together(stage, {}, [], [four, six])
          await knows(router, 'ipv4', ['203.0.113.10/32'])
          await router.askRefresh()
          await until('its next KEEPALIVE', 60, nextKeepalive(wire))
          assert.deepEqual(ofType(wire, '10.99.0.2', ROUTE_REFRESH), [])
        },
      },
    },
    run: async (stage) => {
      const wire = await watchWire(stage.them, 'tcp port 179')
      const { router } = await together(stage, {}, [], [four, six])
      await knows(router, 'ipv4', ['203.0.113.10/32'])
      const tellings = () => ofType(wire, '10.99.0.1', UPDATE).filter(({ octets }) => octets.includes(fourOnWire))
      await until('our route on the wire', 60, () => (tellings().length > 0 ? true : undefined))
      assert.deepEqual([tellings().length, ofType(wire, '10.99.0.2', ROUTE_REFRESH).length], [1, 0])
      await router.askRefresh()
      const [, again] = await until('our route again', 60, () => (tellings().length > 1 ? tellings() : undefined))
      const [asked] = ofType(wire, '10.99.0.2', ROUTE_REFRESH)
      assert.ok(asked !== undefined && again !== undefined && asked.atMillis <= again.atMillis, 'told again without being asked')
      await knows(router, 'ipv4', ['203.0.113.10/32'])
    },
  },
  {
    title: 'route refresh: we ask, and the router tells all again',
    run: async (stage) => {
      const { speaker } = await together(stage, { originates: ['198.51.100.0/24'] }, [], [])
      await until('its route', 60, async () => ((await speaker.status()).heard.ipv4 === 1 ? true : undefined))
      speaker.tell({ do: 'refresh', family: 'ipv4' })
      await until('its route again', 60, async () => ((await speaker.status()).heard.ipv4 === 2 ? true : undefined))
    },
    lacks: {
      ExaBGP: {
        because: '4.2 leaves the answer to a ROUTE-REFRESH to the process that leads it',
        shown: (stage) => staysSilent(stage, /ROUTE-REFRESH|route-refresh|REFRESH/, 1),
      },
      OpenBGPD: {
        because: '7.7 logs "AID IPv4 unicast not negotiated" although it was, to BIRD too',
        shown: (stage) => staysSilent(stage, /AID IPv4 unicast not negotiated/, 1),
      },
    },
  },
  {
    title: 'graceful restart (RFC 4724): our process is killed with SIGKILL, the router keeps the routes until they are told again',
    lacks: { ExaBGP: exabgpForgets },
    run: async (stage) => {
      const change = { gracefulRestart: true }
      const { router, speaker } = await together(stage, change, ['--graceful-restart', '60'], [four, { prefix: '203.0.113.11/32' }])
      await knows(router, 'ipv4', ['203.0.113.10/32', '203.0.113.11/32'])
      speaker.kill('SIGKILL')
      await speaker.ended
      await sleep(2000)
      await knows(router, 'ipv4', ['203.0.113.10/32', '203.0.113.11/32'])
      const again = stage.speaker('--graceful-restart', '60')
      await again.next('established')
      await knows(router, 'ipv4', ['203.0.113.10/32', '203.0.113.11/32'])
      again.setRoutes([four])
      await knows(router, 'ipv4', ['203.0.113.10/32'])
    },
  },
  {
    title: 'graceful restart (RFC 8538): a stop removes the routes at once all the same',
    lacks: { ExaBGP: exabgpForgets },
    run: async (stage) => {
      const { router, speaker } = await together(stage, { gracefulRestart: true }, ['--graceful-restart', '60'], [four])
      await knows(router, 'ipv4', ['203.0.113.10/32'])
      await speaker.stop('for good')
      await knows(router, 'ipv4', [])
    },
  },
  {
    title: 'messages of up to 65,535 octets (RFC 8654)',
    lacks: {
      GoBGP: offersNo('3.10 offers no capability 6 in its OPEN', 'extendedMessage'),
      OpenBGPD: offersNo('7.7 offers no capability 6 in its OPEN', 'extendedMessage'),
    },
    run: async (stage) => {
      const many = Array.from({ length: 3000 }, (_, i) => ({ prefix: `10.7.${i >> 8}.${i & 255}/32` }))
      const wire = await watchWire(stage.them, 'tcp port 179')
      const { router, agreed } = await together(stage, {}, [], many)
      assert.equal(agreed['extendedMessage'], true)
      await until('3,000 routes', 60, async () => ((await router.routes('ipv4')).length === 3000 ? true : undefined))
      const longest = Math.max(...ofType(wire, '10.99.0.1', UPDATE).map(({ octets }) => octets.length))
      assert.ok(longest > 4096, `the longest UPDATE has ${longest} octets`)
    },
  },
  {
    title: 'draining (RFC 8326): the routes come again with GRACEFUL_SHUTDOWN',
    run: async (stage) => {
      const { router, speaker } = await together(stage, {}, [], [four])
      await knows(router, 'ipv4', ['203.0.113.10/32'])
      speaker.tell({ do: 'drain' })
      await until('the community at the router', 60, async () => {
        const [seen] = await router.routes('ipv4')
        return seen?.communities.includes('65535:0') === true ? true : undefined
      })
    },
  },
  {
    title: 'add-path (RFC 7911): two paths for one prefix',
    run: async (stage) => {
      const options = ['--add-path', 'send', '203.0.113.10/32', '203.0.113.10/32 path-id=2 med=7']
      const router = await stage.router({ addPath: true })
      const speaker = stage.speaker(...options)
      const { agreed } = await speaker.next('established')
      assert.deepEqual(agreed['addPathSend'], ['ipv4', 'ipv6'])
      const seen = await knows(router, 'ipv4', ['203.0.113.10/32', '203.0.113.10/32'])
      assert.deepEqual(seen.map(({ med }) => med ?? 0).sort(), [0, 7])
    },
  },
  {
    title: 'IPv4 routes with an IPv6 next hop (RFC 8950)',
    lacks: { OpenBGPD: offersNo('7.7 offers no capability 5 in its OPEN', 'extendedNextHop') },
    run: async (stage) => {
      const router = await stage.router(overIpv6)
      const speaker = new BgpSpeaker(stage.us, [...toIpv6, '--peer-as', '65002', '--local-as', '65001', '--hold', '9', '203.0.113.10/32'])
      const { agreed } = await speaker.next('established')
      assert.equal(agreed['extendedNextHop'], true)
      const [seen] = await knows(router, 'ipv4', ['203.0.113.10/32'])
      assert.equal(seen?.nextHop, 'fd00:99::1')
      speaker.setRoutes([])
      await knows(router, 'ipv4', [])
    },
  },
  {
    title: '200,000 received routes do no harm',
    lacks: {
      ExaBGP: {
        because: '4.2 passes on nothing it has heard',
        shown: async (stage) => {
          const { router, speaker } = await fed(stage, 3)
          await until('it to hear three routes', 60, async () => ((await router.routes('ipv4')).length === 3 ? true : undefined))
          await sleep(1000)
          assert.equal((await speaker.status()).heard.ipv4, 0)
        },
      },
    },
    run: async (stage) => {
      const { speaker } = await fed(stage, 200_000)
      await until('200,000 routes', 220, async () => ((await speaker.status()).heard.ipv4 >= 200_000 ? true : undefined))
      assert.equal((await speaker.status()).state, 'established')
      assert.ok(speaker.memoryMegabytes() < 250, `${speaker.memoryMegabytes()} MB`)
    },
  },
]
