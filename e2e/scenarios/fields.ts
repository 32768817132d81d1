import assert from 'node:assert/strict'
import { afterAll, beforeAll, describe, test } from '@jest/globals'
import { type Bird, type Neighbour, startBird } from './bird'
import { eventually } from './eventually'
import type { Lab } from './lab'
import { bgp, community, peer, pool, secret, service } from './manifests'

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
  { name: 'hold', spec: { holdTime: '33s', keepaliveTime: '5s' }, router: { as: nodesAs }, says: [/Hold timer:\s+[\d.]+\/33\b/] },
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
  {
    name: 'own_family',
    spec: { disableMP: true },
    router: { as: nodesAs },
    says: [/Channel ipv4\n\s+State:\s+UP/],
    saysNot: [/Channel ipv6\n\s+State:\s+UP/],
  },
  { name: 'multihop', spec: { ebgpMultiHop: true }, router: { as: nodesAs, options: ['multihop 2;'] }, says: [/Established/] },
]

const sourceOf = (name: string): string => `10.99.0.${111 + cases.findIndex((one) => one.name === name)}`
/** Names of objects have no underscore, names of BIRD no hyphen. */
const peerName = (name: string): string => `field-${name.replaceAll('_', '-')}`

export function fields(lab: () => Lab): void {
  describe('each field of a BGPPeer has its effect, which the router sees:', () => {
    let running: Bird | undefined
    const bird = (): Bird => {
      if (running === undefined) throw new Error('BIRD did not start')
      return running
    }
    beforeAll(async () => {
      running = await startBird(lab().cluster, {
        machine: 'router',
        address: '10.99.0.254',
        port,
        as: routerAs,
        neighbours: cases.map(({ name, router }) => ({ name, address: sourceOf(name), ...router })),
      })
      for (const { name } of cases) await lab().cluster.exec('node1', ['ip', 'addr', 'add', `${sourceOf(name)}/24`, 'dev', 'eth0'])
      await lab().cluster.apply([
        secret('tor', 'kept secret'),
        community('aliases', { 'no-transit': '64512:666' }),
        pool('fields', ['10.101.0.0/24', 'fd99:101::/120'], { autoAssign: false }),
        bgp('fields', ['fields'], { aggregationLength: 32, communities: ['no-transit', 'large:64512:1:2'], localPref: 321 }),
        bgp('fields-wide', ['fields'], { aggregationLength: 24, aggregationLengthV6: 124, peers: [peerName('plain')] }),
        ...cases.map(({ name, spec }) =>
          peer(peerName(name), '10.99.0.254', {
            peerPort: port,
            sourceAddress: sourceOf(name),
            nodeSelectors: [{ matchLabels: { 'kubernetes.io/hostname': 'node1' } }],
            ...spec,
          }),
        ),
        service('fields', { pool: 'fields', spec: { ipFamilyPolicy: 'RequireDualStack' } }),
      ])
    }, 60_000)
    afterAll(async () => {
      await lab().cluster.kubectl(['delete', 'bgppeer', '-n', lab().namespace, ...cases.map(({ name }) => peerName(name))])
      await lab().cluster.kubectl(['delete', 'service', 'fields'])
      await running?.end()
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

    test('nodeSelectors: no node but the one selected has a session, and the BGPPeer counts it', async () => {
      await eventually(
        'one of one is up',
        () => lab().cluster.kubectl(['get', 'bgppeer', peerName('plain'), '-n', lab().namespace, '-o', 'jsonpath={.status}']),
        (status) => {
          const { sessionsUp, sessionsExpected } = JSON.parse(status) as { sessionsUp: number; sessionsExpected: number }
          assert.deepEqual([sessionsUp, sessionsExpected], [1, 1])
        },
      )
    })

    test('communities by alias and by value arrive, an aggregate only at the peer it names', async () => {
      const text = await eventually(
        'the routes are there',
        () => bird().routes('plain'),
        (routes) => assert.match(routes, /10\.101\.0\.0\/24/),
      )
      assert.match(text, /BGP\.community: \(64512,666\)/)
      assert.match(text, /BGP\.large_community: \(64512, 1, 2\)/)
      assert.doesNotMatch(await bird().routes('router_id'), /10\.101\.0\.0\/24/)
    })

    test('localPref arrives inside the AS, and nowhere else', async () => {
      await eventually(
        'the routes are there',
        () => bird().routes('internal'),
        (routes) => assert.match(routes, /BGP\.local_pref: 321/),
      )
      assert.doesNotMatch(await bird().routes('external'), /BGP\.local_pref: 321/)
    })

    test('dualStackAddressFamily: IPv6 routes come over the IPv4 session, and only where it is set', async () => {
      await eventually(
        'the IPv6 route is there',
        () => bird().routes('both'),
        (routes) => assert.match(routes, /fd99:101::\S*\/128/),
      )
      assert.doesNotMatch(await bird().routes('plain'), /fd99:101::/)
    })

    test('a changed Secret renews the session with the new password', async () => {
      await lab().cluster.apply([secret('tor', 'changed')])
      await eventually(
        'the old password no longer works',
        () => bird().protocol('secret'),
        (text) => assert.doesNotMatch(text, /Established/),
      )
      await lab().cluster.apply([secret('tor', 'kept secret')])
      await eventually(
        'the session is back',
        () => bird().protocol('secret'),
        (text) => assert.match(text, /Established/),
        60_000,
      )
    })

    test('vrf is refused with a reason where the node has no such VRF', async () => {
      await lab().cluster.apply([peer('field-vrf', '10.99.0.252', { vrf: 'red' })])
      await eventually(
        'the plan says why',
        () => lab().cluster.kubectl(['describe', 'announcementplan', 'node1', '-n', lab().namespace]),
        (text) => assert.match(text, /no VRF device red/),
      )
      await lab().cluster.kubectl(['delete', 'bgppeer', 'field-vrf', '-n', lab().namespace])
    })
  })
}
