import assert from 'node:assert/strict'
import { cable, Host, until } from '../../lab/host'
import { KEEPALIVE, messages } from '../../lab/messages'
import { watchWire } from '../../lab/wire'
import type { BgpEvent, BgpSpeaker } from '../speaker'
import { type BgpStage, type Feature, four, knows, six, together } from './feature'

const [ourAddress, theirAddress] = ['10.99.0.1', '10.99.0.2'] as const
const syns = 'src 10.99.0.1 and tcp[tcpflags] & tcp-syn != 0'

/** A router between us, who are 10.99.5.1, and the router under test, which is 10.99.6.2. */
async function hopBetween({ us, them }: BgpStage): Promise<void> {
  const middle = await Host.make('hop')
  them.onClose(() => middle.close())
  await cable(us, middle, 5)
  await cable(middle, them, 6)
  await middle.exec('sysctl', '-qw', 'net.ipv4.ip_forward=1')
  await us.exec('ip', 'route', 'add', '10.99.6.0/24', 'via', '10.99.5.2')
  await them.exec('ip', 'route', 'add', '10.99.5.0/24', 'via', '10.99.6.1')
}

/** By us or by the router, for its AS; some hang up without a word for a while after a session has ended. */
const refused = (speaker: BgpSpeaker): Promise<BgpEvent> =>
  speaker.next('failed', 60, ({ message }) => message.includes('Bad Peer AS (2/2)'))

/** Features of the settings that a BGPPeer has, as the router sees them. */
export const settings: readonly Feature[] = [
  {
    title: 'ebgpMultiHop: a router behind another is out of reach without it, and reached with it',
    run: async (stage) => {
      await hopBetween(stage)
      const router = await stage.router({ local: '10.99.6.2', neighbors: ['10.99.5.1'], multihop: true })
      const near = stage.speaker('--peer', '10.99.6.2')
      await near.next('failed')
      near.kill('SIGKILL')
      const far = stage.speaker('--peer', '10.99.6.2', '--multihop', '--next-hop', '10.99.5.1')
      far.setRoutes([four])
      await far.next('established')
      const [seen] = await knows(router, 'ipv4', ['203.0.113.10/32'])
      assert.deepEqual([seen?.nextHop, seen?.asPath], ['10.99.5.1', '65001'])
    },
  },
  {
    title: 'sourceAddress: the router sees us come from it',
    run: async (stage) => {
      await stage.us.exec('ip', 'addr', 'add', '10.99.0.7/24', 'dev', 'v0')
      const { router } = await together(stage, { neighbors: ['10.99.0.7'] }, ['--source', '10.99.0.7'], [four])
      const [seen] = await knows(router, 'ipv4', ['203.0.113.10/32'])
      assert.equal(seen?.nextHop, '10.99.0.7')
    },
  },
  {
    title: 'peerPort: a router on another port than 179',
    run: async (stage) => {
      const { router } = await together(stage, { port: 1790 }, ['--port', '1790'], [four])
      await knows(router, 'ipv4', ['203.0.113.10/32'])
    },
  },
  {
    title: 'bound to an interface: the session takes it where the routing table says another',
    run: async (stage) => {
      await stage.router()
      const astray =
        'ip link add astray type veth peer name nowhere; ip link set astray up; ip link set nowhere up; ip route add 10.99.0.2/32 dev astray'
      await stage.us.exec('sh', '-ec', astray)
      const lost = stage.speaker('--connect', '1')
      await lost.next('failed')
      lost.kill('SIGKILL')
      await stage.speaker('--interface', 'v0').next('established')
    },
  },
  {
    title: 'holdTime and keepaliveTime: the router agrees to our hold time, and our KEEPALIVEs come at our pace',
    run: async (stage) => {
      const wire = await watchWire(stage.them, 'tcp port 179')
      const { router } = await together(stage, { holdSeconds: 90 }, ['--hold', '15', '--keepalive', '1'], [])
      const { holdSeconds, keepaliveSeconds } = await router.neighbor()
      assert.equal(holdSeconds, 15)
      if (keepaliveSeconds !== 'untold') assert.equal(keepaliveSeconds, 5)
      const times = (from: string) => messages(wire()).flatMap((one) => (one.from === from && one.type === KEEPALIVE ? one.atMillis : []))
      const theirs = await until('three KEEPALIVEs of the router', 120, () =>
        times(theirAddress).length >= 3 ? times(theirAddress) : undefined,
      )
      const [first, , third] = theirs as [number, number, number]
      const between = times(ourAddress).filter((at) => at > first && at < third).length
      // the router sends one each 5 s, up to a quarter sooner: each 30 s if it held to its 90. We send one each second: each 5 s by default.
      assert.ok(between >= 5 && between <= 25, `${between} KEEPALIVEs of ours between three of the router`)
    },
  },
  {
    title: 'connectTime: a router that does not answer is dialled anew when it is over',
    run: async (stage) => {
      await stage.them.exec('nft', 'add table ip mute; add chain ip mute in { type filter hook input priority 0; }')
      await stage.them.exec('nft', 'add rule ip mute in tcp dport 179 drop')
      const wire = await watchWire(stage.them, syns)
      const router = await stage.router()
      const speaker = stage.speaker('--connect', '2')
      const { message } = await speaker.next('failed')
      assert.match(message, /2 s/)
      const port = ({ words }: { readonly words: string }): string | undefined => /10\.99\.0\.1\.(\d+) >/.exec(words)?.[1]
      const [first, second] = await until('a second attempt', 60, () => {
        const all = wire()
        const next = all.find((syn) => port(syn) !== port(all[0] as typeof syn))
        return next === undefined ? undefined : ([all[0]?.atMillis ?? 0, next.atMillis] as const)
      })
      // RFC 4271 §10: ConnectRetryTime has a jitter, 0.75 to 1 of it; our timer runs from the call, not from the SYN
      assert.ok(second - first >= 1400, `dialled again after ${Math.round(second - first)} ms`)
      await stage.them.exec('nft', 'delete table ip mute')
      await speaker.next('established')
      void router
    },
  },
  {
    title: 'routerID: the router knows us by it',
    run: async (stage) => {
      const { router } = await together(stage, {}, ['--router-id', '192.0.2.77'], [])
      assert.equal((await router.neighbor()).id, '192.0.2.77')
    },
  },
  {
    title: 'localASN: another AS of ours towards this router is all it sees',
    run: async (stage) => {
      const { router } = await together(stage, { neighborAs: 64_999 }, ['--local-as', '64999'], [four, six])
      assert.equal((await knows(router, 'ipv4', ['203.0.113.10/32']))[0]?.asPath, '64999')
      assert.equal((await knows(router, 'ipv6', ['2001:db8:1::1/128']))[0]?.asPath, '64999')
    },
  },
  {
    title: 'dynamicASN external: whatever AS the router has, and not ours',
    run: async (stage) => {
      const { agreed, speaker } = await together(stage, { as: 64_777 }, ['--peer-as', 'external'], [])
      assert.deepEqual([agreed['peerAs'], agreed['internal']], [64_777, false])
      await speaker.stop()
      await refused(stage.speaker('--peer-as', 'external', '--local-as', '64777'))
    },
  },
  {
    title: 'dynamicASN internal: a router of our own AS, and no other',
    run: async (stage) => {
      const { agreed, speaker } = await together(stage, { as: 65_001 }, ['--peer-as', 'internal'], [])
      assert.deepEqual([agreed['peerAs'], agreed['internal']], [65_001, true])
      await speaker.stop()
      await refused(stage.speaker('--peer-as', 'internal', '--local-as', '65005'))
    },
  },
  {
    title: 'one family alone, as without dualStackAddressFamily: the other is not spoken',
    run: async (stage) => {
      const { router, agreed } = await together(stage, {}, ['--family', 'ipv4'], [four, six])
      assert.deepEqual(agreed.families, ['ipv4'])
      await knows(router, 'ipv4', ['203.0.113.10/32'])
      await knows(router, 'ipv6', [])
    },
  },
]
