import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from '@jest/globals'
import { type Bird, type Neighbour, startBird } from '../../../harness/bird'
import { eventually } from '../../../harness/eventually'
import type { Lab } from '../../../harness/lab'
import { bgp, community, peer, pool, secret, service } from '../../../harness/manifests'

/** One BGPPeer with a field of its own, the address that node1 calls from for it, and how the router must be set up to take it. */
type Case = {
  readonly name: string
  readonly spec: Readonly<Record<string, unknown>>
  readonly router: Omit<Neighbour, 'name' | 'address'>
  /** What the router must say of the session. */
  readonly says: readonly RegExp[]
  readonly saysNot?: readonly RegExp[]
}

const nodesAs = 64513
const routerAs = 64512
const port = 1790

/** Every field of a BGPPeer that a router can see, each told apart by the address it is called from. */
const cases: readonly Case[] = [
  {
    name: 'plain',
    spec: {},
    router: { as: nodesAs },
    says: [/Neighbor AS:\s+64513/, /Neighbor ID:\s+10\.99\.0\.1/, /Hold timer:\s+[\d.]+\/9\b/],
    saysNot: [/Restart time/],
  },
  { name: 'router_id', spec: { routerID: '1.2.3.4' }, router: { as: nodesAs }, says: [/Neighbor ID:\s+1\.2\.3\.4/] },
  { name: 'hold', spec: { holdTime: '33s', keepaliveTime: '1s' }, router: { as: nodesAs }, says: [/Hold timer:\s+[\d.]+\/33\b/] },
  { name: 'my_asn', spec: { myASN: 4_200_000_001 }, router: { as: 4_200_000_001 }, says: [/Neighbor AS:\s+4200000001/] },
  { name: 'local_asn', spec: { localASN: 64777 }, router: { as: 64777 }, says: [/Neighbor AS:\s+64777/] },
  { name: 'external', spec: { peerASN: undefined, dynamicASN: 'external' }, router: { as: nodesAs }, says: [/Session:\s+external/] },
  {
    name: 'internal',
    spec: { myASN: routerAs, peerASN: undefined, dynamicASN: 'internal' },
    router: { as: routerAs },
    says: [/Session:\s+internal/],
  },
  {
    name: 'password',
    spec: { password: 'said aloud' },
    router: { as: nodesAs, options: ['password "said aloud";'] },
    says: [/Established/],
  },
  {
    name: 'secret',
    spec: { passwordSecret: { name: 'tor' } },
    router: { as: nodesAs, options: ['password "kept secret";'] },
    says: [/Established/],
  },
  { name: 'restart', spec: { enableGracefulRestart: true }, router: { as: nodesAs }, says: [/Restart time: 120/] },
  {
    name: 'both',
    spec: { dualStackAddressFamily: true },
    router: { as: nodesAs },
    says: [/Channel ipv4\n\s+State:\s+UP/, /Channel ipv6\n\s+State:\s+UP/],
  },
]

/** Of the sessions with a router behind the router: one says that it has hops to go, the other does not. */
const far = ['multihop', 'one_hop']
const farRouter = '10.97.0.100'
const names = [...cases.map(({ name }) => name), ...far]

const sourceOf = (name: string): string => `10.99.0.${111 + names.indexOf(name)}`
/** Names of objects have no underscore, names of BIRD no hyphen. */
const peerName = (name: string): string => `field-${name.replaceAll('_', '-')}`

/** Only node1 has the addresses to call from. */
const onNode1 = (name: string): Readonly<Record<string, unknown>> => ({
  peerPort: port,
  sourceAddress: sourceOf(name),
  nodeSelectors: [{ matchLabels: { 'kubernetes.io/hostname': 'node1' } }],
})

function started(bird: Bird | undefined): Bird {
  if (bird === undefined) throw new Error('BIRD did not start')
  return bird
}

export function fields(lab: () => Lab): void {
  describe('each field of a BGPPeer has its effect, which the router sees:', () => {
    const running: Bird[] = []
    const bird = (): Bird => started(running[0])
    const farBird = (): Bird => started(running[1])
    beforeAll(async () => {
      const { cluster } = lab()
      const near = cases.map(({ name, router }) => ({ name, address: sourceOf(name), ...router }))
      const nodes = cluster.nodes.map((name) => ({ name, address: cluster.node(name).ip, as: nodesAs }))
      const beyond = far.map((name) => ({ name, address: sourceOf(name), as: nodesAs, options: ['multihop 2;'] }))
      running.push(
        await startBird(cluster, { machine: 'router', address: '10.99.0.254', port, as: routerAs, neighbours: [...near, ...nodes] }),
        await startBird(cluster, { machine: 'outside', address: farRouter, port, as: routerAs, neighbours: beyond }),
      )
      for (const name of names) await cluster.exec('node1', ['ip', 'addr', 'add', `${sourceOf(name)}/24`, 'dev', 'eth0'])
      await cluster.apply([
        secret('tor', 'kept secret'),
        community('aliases', { 'no-transit': '64512:666' }),
        pool('fields', ['10.101.0.0/24', 'fd99:101::/120'], { autoAssign: false }),
        bgp('fields', ['fields'], {
          aggregationLength: 32,
          communities: ['no-transit', 'large:64512:1:2'],
          localPref: 321,
          asPathPrepend: 2,
        }),
        bgp('fields-wide', ['fields'], { aggregationLength: 24, aggregationLengthV6: 124, peers: [peerName('plain')] }),
        ...cases.map(({ name, spec }) => peer(peerName(name), '10.99.0.254', { ...onNode1(name), ...spec })),
        peer(peerName('multihop'), farRouter, { ...onNode1('multihop'), ebgpMultiHop: true }),
        peer(peerName('one_hop'), farRouter, onNode1('one_hop')),
        peer(peerName('selected'), '10.99.0.254', { peerPort: port }),
        service('fields', { pool: 'fields', spec: { ipFamilyPolicy: 'RequireDualStack' } }),
      ])
    }, 60_000)
    afterAll(async () => {
      const { cluster, namespace } = lab()
      const remove = (kind: string, ...which: readonly string[]): Promise<unknown> =>
        cluster.kubectl(['delete', kind, '-n', namespace, '--ignore-not-found', ...which])
      await remove('bgppeer', ...[...names, 'selected'].map(peerName))
      await cluster.kubectl(['delete', 'service', 'fields', '--ignore-not-found'])
      await remove('bgpadvertisement', 'fields', 'fields-wide')
      await remove('ipaddresspool', 'fields')
      for (const name of names) await cluster.exec('node1', ['ip', 'addr', 'del', `${sourceOf(name)}/24`, 'dev', 'eth0'], { check: false })
      for (const one of running) await one.end()
    }, 60_000)

    test.each(cases.map((one) => [one.name, one] as const))('%s', async (name, { says, saysNot = [] }) => {
      await eventually(
        'the router holds the session as asked',
        () => bird().protocol(name),
        (text) => {
          assert.match(text, /Established/)
          for (const pattern of says) assert.match(text, pattern)
          for (const pattern of saysNot) assert.doesNotMatch(text, pattern)
        },
        45_000,
      )
    })

    test('keepaliveTime: the router hears each second that we are there, and not each third of the hold time', async () => {
      const heard = async (): Promise<number> => {
        const { stdout } = await lab().cluster.exec('router', ['ss', '-tniH', 'state', 'established', 'dst', sourceOf('hold')])
        return Number(/data_segs_in:(\d+)/.exec(stdout)?.[1])
      }
      const before = await eventually('the session is there', heard, (count) => assert.ok(count > 0))
      // By the hold time alone it would take at least 41 s.
      await eventually('five messages more', heard, (count) => assert.ok(count >= before + 5, `${count} after ${before}`), 20_000)
    })

    test('ebgpMultiHop: a router behind the router is reached with it, and out of reach without', async () => {
      const said = (name: string): Promise<string> => farBird().protocol(name)
      await eventually(
        'the session with it is there',
        () => said('multihop'),
        (text) => assert.match(text, /Established/),
        45_000,
      )
      const condition = await eventually(
        'the session without it has been tried',
        () => lab().condition('bgppeers', peerName('one_hop'), 'Established'),
        (one) => assert.match(one?.message ?? '', /node1: .*10\.97\.0\.100 port 1790 cannot be reached/),
        45_000,
      )
      assert.equal(condition?.status, 'False')
      assert.doesNotMatch(await said('one_hop'), /Established/)
    })

    test('nodeSelectors: every node has a session until one is selected, which keeps its own, and the BGPPeer counts', async () => {
      const held = async (): Promise<readonly string[]> => {
        const states = lab().cluster.nodes.map(async (name) => [name, await bird().protocol(name)] as const)
        return (await Promise.all(states)).flatMap(([name, text]) => (text.includes('Established') ? [name] : []))
      }
      const sessions = async (): Promise<readonly unknown[]> => {
        const path = 'jsonpath={.status}'
        const status = await lab().cluster.kubectl(['get', 'bgppeer', peerName('selected'), '-n', lab().namespace, '-o', path])
        const { sessionsUp, sessionsExpected } = JSON.parse(status) as { sessionsUp: number; sessionsExpected: number }
        return [sessionsUp, sessionsExpected]
      }
      const both = async (): Promise<readonly unknown[]> => [await held(), await sessions()]
      await eventually(
        'the router has three',
        both,
        (seen) =>
          assert.deepEqual(seen, [
            ['node1', 'node2', 'node3'],
            [3, 3],
          ]),
        45_000,
      )
      const nodeSelectors = [{ matchLabels: { 'kubernetes.io/hostname': 'node2' } }]
      await lab().cluster.apply([peer(peerName('selected'), '10.99.0.254', { peerPort: port, nodeSelectors })])
      await eventually('the router has one', both, (seen) => assert.deepEqual(seen, [['node2'], [1, 1]]))
    })

    test('communities by alias and by value arrive, an aggregate only at the peer it names', async () => {
      const text = await eventually(
        'the routes are there',
        () => bird().routes('plain'),
        (routes) => assert.match(routes, /10\.101\.0\.0\/24/),
      )
      assert.match(text, /BGP\.community: \(64512,666\)/)
      assert.match(text, /BGP\.large_community: \(64512, 1, 2\)/)
      const elsewhere = await eventually(
        'another peer has routes, too',
        () => bird().routes('router_id'),
        (routes) => assert.match(routes, /10\.101\.0\.\d+\/32/),
      )
      assert.doesNotMatch(elsewhere, /10\.101\.0\.0\/24/)
    })

    test('localPref arrives inside the AS, and nowhere else', async () => {
      await eventually(
        'the routes are there',
        () => bird().routes('internal'),
        (routes) => assert.match(routes, /BGP\.local_pref: 321/),
      )
      const outside = await eventually(
        'the routes are there, too',
        () => bird().routes('external'),
        (routes) => assert.match(routes, /10\.101\.0\.\d+\/32/),
      )
      assert.doesNotMatch(outside, /BGP\.local_pref: 321/)
    })

    test('asPathPrepend: outside the AS the path has our AS three times in both families, inside it stays empty', async () => {
      const outside = await eventually(
        'the routes of both families are there',
        () => bird().routes('both'),
        (routes) => assert.match(routes, /fd99:101::\S*\/128/),
      )
      assert.ok([...outside.matchAll(/BGP\.as_path: 64513 64513 64513$/gm)].length >= 2, outside)
      const inside = await eventually(
        'the routes are there, too',
        () => bird().routes('internal'),
        (routes) => assert.match(routes, /BGP\.local_pref: 321/),
      )
      assert.doesNotMatch(inside, /BGP\.as_path: 64513/)
    })

    test('dualStackAddressFamily: IPv6 routes come over the IPv4 session, and only where it is set', async () => {
      await eventually(
        'the IPv6 route is there',
        () => bird().routes('both'),
        (routes) => assert.match(routes, /fd99:101::\S*\/128/),
      )
      const plain = await bird().routes('plain')
      assert.match(plain, /10\.101\.0\.\d+\/32/)
      assert.doesNotMatch(plain, /fd99:101::/)
    })

    test('a changed Secret renews the session with the new password', async () => {
      await eventually(
        'the session is there',
        () => bird().protocol('secret'),
        (text) => assert.match(text, /Established/),
        45_000,
      )
      try {
        await lab().cluster.apply([secret('tor', 'changed')])
        await eventually(
          'the old password no longer works',
          () => bird().protocol('secret'),
          (text) => assert.doesNotMatch(text, /Established/),
        )
      } finally {
        await lab().cluster.apply([secret('tor', 'kept secret')])
      }
      await eventually(
        'the session is back',
        () => bird().protocol('secret'),
        (text) => assert.match(text, /Established/),
        60_000,
      )
    })

    test('vrf is refused with a reason where the node has no such VRF', async () => {
      try {
        await lab().cluster.apply([peer('field-vrf', '10.99.0.252', { vrf: 'red' })])
        await eventually(
          'the plan says why',
          () => lab().cluster.kubectl(['describe', 'announcementplan', 'node1', '-n', lab().namespace]),
          (text) => assert.match(text, /no VRF device red/),
        )
      } finally {
        await lab().cluster.kubectl(['delete', 'bgppeer', 'field-vrf', '-n', lab().namespace, '--ignore-not-found'])
      }
    })
  })
}
