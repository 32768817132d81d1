import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { eventually } from './eventually'
import { restartSpeakers } from './graceful'
import type { Lab } from './lab'
import { bfdProfile, peer } from './manifests'
import { spread, watchPaths } from './path-watch'
import { nextHops } from './traffic'

/** docs/design.md §8: BGP silent death with BFD 50 ms × 3. */
const promisedMillis = 250
const cuts = 6

type BfdCounters = { readonly 'session-down': number }
type BfdPeer = { readonly peer: string; readonly status: string }

/** Silent death of a node, found by BFD. Needs a Service `routed` that all nodes announce. */
export function silentDeath(lab: () => Lab): void {
  const bfdPeers = async (): Promise<readonly string[]> => {
    const peers = JSON.parse(await lab().cluster.router.vtysh('show bfd peers json')) as readonly BfdPeer[]
    return peers
      .filter(({ status }) => status === 'up')
      .map((one) => one.peer)
      .sort()
  }
  const settled = async (address: string): Promise<void> => {
    await eventually('BFD is up on every node', bfdPeers, (up) => assert.equal(up.length, 3))
    await eventually(
      'the router has every path',
      () => nextHops(lab().cluster, address),
      (hops) => assert.equal(hops.length, 3),
    )
  }

  const downs = async (): Promise<number> => {
    const counters = JSON.parse(await lab().cluster.router.vtysh('show bfd peers counters json')) as readonly BfdCounters[]
    return counters.reduce((sum, one) => sum + one['session-down'], 0)
  }
  /** The same pace at both ends. */
  const pace = async (millis: number): Promise<void> => {
    const times = [`receive-interval ${millis}`, `transmit-interval ${millis}`, 'detect-multiplier 3']
    await lab().cluster.router.configure('bfd', 'profile fast', ...times)
    await lab().cluster.apply([bfdProfile('fast', { receiveInterval: millis, transmitInterval: millis, detectMultiplier: 3 })])
  }
  const planSays = (pattern: RegExp): Promise<string> =>
    eventually(
      'the plan says so',
      () => lab().cluster.kubectl(['describe', 'announcementplan', 'node1', '-n', lab().namespace]),
      (plan) => assert.match(plan, pattern),
    )

  describe('BFD', () => {
    test('is up with the router on every node, and the plan says so', async () => {
      await pace(300)
      await lab().cluster.router.configure('router bgp 64512', 'neighbor nodes bfd profile fast')
      await lab().cluster.apply([peer('router', '10.99.0.254', { bfdProfile: 'fast' })])
      const [address = ''] = await lab().addresses('routed')
      await settled(address)
      await planSays(/Bfd:\s+Detection Millis:\s+900\s[\s\S]*State:\s+Up/)
    })

    test('a rolling restart of the speakers goes unnoticed by it', async () => {
      const before = await downs()
      await restartSpeakers(lab())
      assert.equal(await downs(), before)
      await eventually('it is up on every node', bfdPeers, (up) => assert.equal(up.length, 3))
    })

    test('a faster profile is taken over by the session that runs: 50 ms × 3', async () => {
      const before = await downs()
      await pace(50)
      await planSays(/Bfd:\s+Detection Millis:\s+150\s[\s\S]*State:\s+Up/)
      assert.equal(await downs(), before)
    })

    test(`a node that falls silent loses its path at the router within ${promisedMillis} ms, ${cuts} times in a row`, async () => {
      const [address = ''] = await lab().addresses('routed')
      const took: number[] = []
      for (let i = 0; i < cuts; i++) {
        const node = lab().cluster.node((i % 3) + 1)
        await settled(address)
        const watch = await watchPaths(lab().cluster, address)
        const cutAt = await node.cutLink('silent')
        const gone = await eventually(
          `the path over ${node.name} is gone`,
          async () => watch.firstAfter(cutAt),
          (at) => assert.notEqual(at, undefined),
        )
        watch.end()
        took.push((gone ?? 0) - cutAt)
        assert.ok(!(await nextHops(lab().cluster, address)).includes(node.ip))
        await node.heal()
      }
      console.log(`BFD 50 ms × 3, from the cut to the route: ${spread(took)}`)
      await settled(address)
      assert.ok(Math.max(...took) <= promisedMillis, spread(took))
    })

    test(`a node that is killed loses its path at the router within ${promisedMillis} ms`, async () => {
      const [address = ''] = await lab().addresses('routed')
      await settled(address)
      const watch = await watchPaths(lab().cluster, address)
      const killedAt = await lab().cluster.node(3).kill()
      const gone = await eventually(
        'the path is gone',
        async () => watch.firstAfter(killedAt),
        (at) => assert.notEqual(at, undefined),
      )
      watch.end()
      console.log(`node3 killed: its path was gone after ${(gone ?? 0) - killedAt} ms`)
      assert.ok(!(await nextHops(lab().cluster, address)).includes(lab().cluster.node(3).ip))
      assert.ok((gone ?? 0) - killedAt <= promisedMillis)
    })
  })
}
