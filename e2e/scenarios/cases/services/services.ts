import assert from 'node:assert/strict'
import { beforeAll, describe, test } from '@jest/globals'
import { eventually } from '../../../harness/eventually'
import type { Condition, Lab } from '../../../harness/lab'
import { l2, peer, pool, service } from '../../../harness/manifests'
import { answerer, ask, askOften, neighbour, nextHops, nodeOfMac } from '../../../harness/traffic'

const everyNode = ['10.99.0.11', '10.99.0.12', '10.99.0.13']

/** What a Service lives through, seen from the network and by the person who runs it. */
export function services(lab: () => Lab): void {
  const remove = (kind: string, name: string): Promise<unknown> =>
    lab().cluster.kubectl(['delete', kind, name, '-n', lab().namespace, '--ignore-not-found'])
  const isTold = (resource: string, name: string, type: string, reason: string): Promise<Condition | undefined> =>
    eventually(
      `${name} says ${reason}`,
      () => lab().condition(resource, name, type),
      (condition) => assert.equal(condition?.reason, reason, JSON.stringify(condition)),
    )

  // Each test finds the Service of the first, also when it runs alone.
  beforeAll(() => lab().cluster.apply([service('l2', { pool: 'lan' })]), 60_000)

  describe('a Service on the LAN', () => {
    test('gets an address and is reached by the LAN client, which has nothing but ARP to find it', async () => {
      const [address] = await lab().addresses('l2')
      assert.match(address ?? '', /^10\.99\.1\./)
      const answer = await eventually(
        'the client is answered',
        () => ask(lab().cluster, 'client', address ?? ''),
        (seen) => assert.ok(seen),
      )
      assert.ok(lab().cluster.nodes.includes(answer?.node ?? ''))
      const { stdout: route } = await lab().cluster.exec('client', ['ip', 'route', 'get', address ?? ''])
      assert.doesNotMatch(route, /via/, 'the client has the pool on-link')
      const owner = await nodeOfMac(lab().cluster, await neighbour(lab().cluster, 'client', address ?? ''))
      assert.deepEqual(await lab().claimants(address ?? ''), [owner])
    })

    test('a second Service gets another address', async () => {
      await lab().cluster.apply([service('l2-second', { pool: 'lan' })])
      const [[first], [second]] = [await lab().addresses('l2'), await lab().addresses('l2-second')]
      assert.notEqual(second, first)
      await eventually(
        'the second is answered',
        () => ask(lab().cluster, 'client', second ?? ''),
        (seen) => assert.ok(seen),
      )
    })

    test('kubectl describe tells who announces it and why', async () => {
      const [address] = await lab().addresses('l2')
      const owner = await answerer(lab().cluster, address ?? '')
      const text = await eventually(
        'the event is there',
        () => lab().cluster.kubectl(['describe', 'service', 'l2']),
        (seen) => assert.match(seen, /nodeAssigned/),
      )
      assert.match(text, new RegExp(`announcing from node "${owner}" with protocol "layer2"`))
      assert.match(text, /IPAllocated/)
      const plan = await lab().cluster.kubectl(['describe', 'announcementplan', owner ?? '', '-n', lab().namespace])
      assert.match(plan, new RegExp((address ?? '').replaceAll('.', '\\.')))
    })

    test('deleting it frees the address and nobody answers for it any more', async () => {
      await lab().cluster.apply([service('l2-second', { pool: 'lan' })])
      const [address] = await lab().addresses('l2-second')
      await eventually(
        'it is announced',
        () => answerer(lab().cluster, address ?? ''),
        (who) => assert.notEqual(who, undefined),
      )
      await lab().cluster.kubectl(['delete', 'service', 'l2-second'])
      await eventually(
        'ARP goes unanswered',
        () => answerer(lab().cluster, address ?? ''),
        (who) => assert.equal(who, undefined),
      )
      await lab().cluster.apply([service('l2-third', { pool: 'lan' })])
      assert.deepEqual(await lab().addresses('l2-third'), [address], 'the freed address is the lowest free one again')
      await lab().cluster.kubectl(['delete', 'service', 'l2-third'])
    })
  })

  describe('a Service behind the router', () => {
    test('is reached through ECMP over all three nodes', async () => {
      await lab().cluster.apply([service('routed', { pool: 'routed' })])
      const [address] = await lab().addresses('routed')
      await eventually(
        'the router has a path over every node',
        () => nextHops(lab().cluster, address ?? ''),
        (hops) => assert.deepEqual(hops, everyNode),
      )
      const answers = await eventually(
        'every flow is answered',
        () => askOften(lab().cluster, 'outside', address ?? '', 60),
        (seen) => assert.equal(seen.length, 60),
      )
      // With externalTrafficPolicy Cluster the entering node hides the client behind its own address, which tells where the flow came in.
      const entered = new Set(
        answers.map(({ node, from }) => (from.startsWith('10.244.') ? node : `node${Number(from.split('.')[3]) - 10}`)),
      )
      assert.equal(entered.size, 3, `flows entered over ${[...entered].join(', ')}`)
    })

    test('deleting it withdraws the route', async () => {
      await lab().cluster.apply([service('routed', { pool: 'routed' })])
      const [address] = await lab().addresses('routed')
      await eventually(
        'the router has a path over every node',
        () => nextHops(lab().cluster, address ?? ''),
        (hops) => assert.deepEqual(hops, everyNode),
      )
      await lab().cluster.kubectl(['delete', 'service', 'routed'])
      await eventually(
        'the router has no path',
        () => nextHops(lab().cluster, address ?? ''),
        (hops) => assert.deepEqual(hops, []),
      )
    })

    test('externalTrafficPolicy Local is announced only from nodes with an endpoint', async () => {
      const spec = { externalTrafficPolicy: 'Local', selector: { app: 'single' } }
      await lab().cluster.apply([
        lab().echo('single', { 'kubernetes.io/hostname': 'node2' }),
        service('local', { pool: 'routed', spec }),
        service('local-l2', { pool: 'lan', spec }),
      ])
      const [address] = await lab().addresses('local')
      await eventually(
        'the router has one path',
        () => nextHops(lab().cluster, address ?? ''),
        (hops) => assert.deepEqual(hops, ['10.99.0.12']),
      )
      const answer = await eventually(
        'the client is answered',
        () => ask(lab().cluster, 'outside', address ?? ''),
        (seen) => assert.ok(seen),
      )
      assert.deepEqual([answer?.node, answer?.from], ['node2', '10.97.0.100'], 'and the pod sees the client itself')
      const [onLan] = await lab().addresses('local-l2')
      await eventually(
        'node2 answers ARP',
        () => answerer(lab().cluster, onLan ?? ''),
        (who) => assert.equal(who, 'node2'),
      )
      await lab().cluster.kubectl(['delete', 'service/local', 'service/local-l2', 'daemonset/single'])
    })
  })

  describe('pools', () => {
    test('a pool added later serves a Service that waits, and until then the Service says what it lacks', async () => {
      await lab().cluster.apply([service('waiting', { pool: 'later' })])
      await eventually(
        'the event names the pool',
        () => lab().cluster.kubectl(['describe', 'service', 'waiting']),
        (text) => assert.match(text, /AllocationFailed.*later/),
      )
      await lab().cluster.apply([pool('later', ['10.99.1.200-10.99.1.201']), l2('later', ['later'])])
      assert.deepEqual(await lab().addresses('waiting'), ['10.99.1.200'])
      await eventually(
        'it is announced',
        () => answerer(lab().cluster, '10.99.1.200'),
        (who) => assert.notEqual(who, undefined),
      )
      await lab().cluster.kubectl(['delete', 'service', 'waiting'])
    })

    test('two pools that overlap are reported on the object, and what was in force stays', async () => {
      const [address] = await lab().addresses('l2')
      try {
        await lab().cluster.apply([pool('shadow', ['10.99.1.0/28'])])
        const { message = '' } = (await isTold('ipaddresspools', 'shadow', 'Accepted', 'AddressesOverlap')) ?? {}
        assert.match(message, /10\.99\.1\.0\/28 of the IPAddressPool lan\b/)
        await isTold('ipaddresspools', 'shadow', 'InForce', 'NothingInForce')
        assert.equal((await lab().condition('ipaddresspools', 'lan', 'Accepted'))?.status, 'True')
        assert.deepEqual(await lab().addresses('l2'), [address])
        assert.notEqual(await answerer(lab().cluster, address ?? ''), undefined)
      } finally {
        await remove('ipaddresspool', 'shadow')
      }
    })

    test('a pool that is no pool is refused by the API server, with a word on how to write one', async () => {
      const { code, stderr } = await lab().cluster.tryApply([pool('broken', ['10.99.1.3', 'not an address'])])
      assert.notEqual(code, 0)
      assert.match(stderr, /write a CIDR such as 192\.0\.2\.0\/24/)
      await assert.rejects(lab().condition('ipaddresspools', 'broken', 'Accepted'), /not found/)
    })

    test('a pool that only the operator can judge is reported on the object, and what was in force stays', async () => {
      const [address] = await lab().addresses('l2')
      try {
        await lab().cluster.apply([pool('lan', ['10.99.1.9-10.99.1.3'])])
        const { status, message = '' } = (await isTold('ipaddresspools', 'lan', 'Accepted', 'Malformed')) ?? {}
        assert.equal(status, 'False')
        assert.match(message, /10\.99\.1\.9-10\.99\.1\.3/)
        await isTold('ipaddresspools', 'lan', 'InForce', 'PreviousDefinition')
        assert.deepEqual(await lab().addresses('l2'), [address])
        assert.notEqual(await answerer(lab().cluster, address ?? ''), undefined)
      } finally {
        await lab().cluster.apply([pool('lan', ['10.99.1.0/28'])])
      }
      await isTold('ipaddresspools', 'lan', 'InForce', 'CurrentDefinition')
    })
  })

  describe('peers', () => {
    test('a peer that refuses our OPEN is named with the reason, and the other sessions go on', async () => {
      try {
        await lab().cluster.apply([peer('refusing', '10.99.0.253', { myASN: 64999 })])
        await eventually(
          'the plan says why',
          () => lab().cluster.kubectl(['describe', 'announcementplan', 'node1', '-n', lab().namespace]),
          (text) => assert.match(text, /refuses our OPEN: .*Bad Peer AS/i),
        )
        await isTold('bgppeers', 'refusing', 'Established', 'NotEstablished')
        await eventually(
          'the router still has every session',
          () => lab().establishedPeers(),
          (count) => assert.equal(count, 3),
        )
      } finally {
        await remove('bgppeer', 'refusing')
      }
    })

    test('a missing Secret is reported on the peer in words', async () => {
      try {
        await lab().cluster.apply([peer('secretive', '10.99.0.252', { passwordSecret: { name: 'nowhere' } })])
        const { message = '' } = (await isTold('bgppeers', 'secretive', 'Accepted', 'SecretMissing')) ?? {}
        assert.match(message, /\bnowhere\b/)
      } finally {
        await remove('bgppeer', 'secretive')
      }
    })
  })
}
