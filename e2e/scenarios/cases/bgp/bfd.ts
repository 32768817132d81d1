import assert from 'node:assert/strict'
import { afterAll, describe, test } from '@jest/globals'
import { eventually } from '../../../harness/eventually'
import type { Lab } from '../../../harness/lab'
import { bfdProfile, peer, service } from '../../../harness/manifests'
import { watchPaths } from '../../../harness/path-watch'
import { startProber, told } from '../../../harness/prober'
import { ask, everyPath, nextHops } from '../../../harness/traffic'

type BfdCounters = { readonly 'session-down': number }
type BfdPeer = { readonly peer: string; readonly status: string }

/** BFD between the router and every node, by a profile of the same name and pace at both ends. */
type Bfd = {
  /** Turns it on, or gives the sessions that run another pace. Makes the Service `routed` if it is missing. */
  pace(millis: number): Promise<void>
  /** Waits until BFD is up on every node and the router has every path to the address. */
  settled(address: string): Promise<void>
  up(): Promise<readonly string[]>
  /** How many sessions the router's bfdd has seen go down so far. */
  downs(): Promise<number>
  /** Waits until the plan of node1 says it. */
  planSays(pattern: RegExp): Promise<unknown>
  off(): Promise<void>
}

export function bfdOf(lab: () => Lab): Bfd {
  const vtysh = (command: string): Promise<string> => lab().cluster.router.vtysh(command)
  const up = async (): Promise<readonly string[]> => {
    const peers = JSON.parse(await vtysh('show bfd peers json')) as readonly BfdPeer[]
    return peers.filter(({ status }) => status === 'up').map((one) => one.peer)
  }
  return {
    up,
    pace: async (millis) => {
      const { cluster } = lab()
      const times = [`receive-interval ${millis}`, `transmit-interval ${millis}`, 'detect-multiplier 3']
      await cluster.router.configure('bfd', 'profile fast', ...times)
      await cluster.router.configure('router bgp 64512', 'neighbor nodes bfd profile fast')
      await cluster.apply([
        bfdProfile('fast', { receiveInterval: millis, transmitInterval: millis, detectMultiplier: 3 }),
        peer('router', '10.99.0.254', { bfdProfile: 'fast' }),
        service('routed', { pool: 'routed' }),
      ])
    },
    settled: async (address) => {
      await eventually('BFD is up on every node', up, (peers) => assert.equal(peers.length, 3))
      await everyPath(lab().cluster, address)
    },
    downs: async () => {
      const counters = JSON.parse(await vtysh('show bfd peers counters json')) as readonly BfdCounters[]
      return counters.reduce((sum, one) => sum + one['session-down'], 0)
    },
    planSays: (pattern) =>
      eventually(
        'the plan says so',
        () => lab().cluster.kubectl(['describe', 'announcementplan', 'node1', '-n', lab().namespace]),
        (plan) => assert.match(plan, pattern),
      ),
    off: async () => {
      await lab().cluster.apply([peer('router', '10.99.0.254')])
      await lab().cluster.router.configure('router bgp 64512', 'no neighbor nodes bfd')
    },
  }
}

/** At a pace that a busy machine keeps, too. What depends on time, bfd.timing.ts measures. */
export function bfdSessions(lab: () => Lab): void {
  const bfd = bfdOf(lab)
  describe('BFD', () => {
    afterAll(() => bfd.off(), 30_000)

    test('is up with the router on every node, and the plan says so', async () => {
      await bfd.pace(1_000)
      const [address = ''] = await lab().addresses('routed')
      await bfd.settled(address)
      await bfd.planSays(/Bfd:\s+Detection Millis:\s+3000\s[\s\S]*State:\s+Up/)
    })

    test('a faster profile is taken over by the session that runs', async () => {
      const before = await bfd.downs()
      await bfd.pace(600)
      await bfd.planSays(/Bfd:\s+Detection Millis:\s+1800\s[\s\S]*State:\s+Up/)
      assert.equal(await bfd.downs(), before)
    })
  })
}

/** Last, because the cluster has a node less afterwards. */
export function nodeLoss(lab: () => Lab): void {
  const bfd = bfdOf(lab)
  test('a node that is killed loses its L2 addresses to another node, and its paths at the router by BFD', async () => {
    const { cluster } = lab()
    await bfd.pace(600)
    await cluster.apply([service('l2', { pool: 'lan' })])
    const [[routed = ''], [onLan = '']] = [await lab().addresses('routed'), await lab().addresses('l2')]
    await bfd.settled(routed)
    const prober = await startProber(cluster, { address: onLan })
    const owner = cluster.node(prober.last()?.by ?? '')
    const watch = await watchPaths(cluster, routed)
    const before = await bfd.downs()
    const killedAt = await owner.kill()
    const gone = await eventually(
      'the path is gone',
      async () => watch.changesSince(killedAt).find(({ hops }) => !hops.includes(owner.ip)),
      (change) => assert.notEqual(change, undefined),
    )
    assert.ok(!(await nextHops(cluster, routed)).includes(owner.ip))
    // By the hold time alone bfdd would have nothing to tell.
    assert.equal(await bfd.downs(), before + 1)
    assert.match(await cluster.router.vtysh(`show bgp neighbors ${owner.ip}`), /Last reset [\d:]+,\s+.*BFD down/i)
    await eventually(
      'another node answers',
      async () => prober.last(),
      (last) => assert.ok(last !== undefined && last.by !== owner.name && last.atMillis > killedAt),
      90_000,
    )
    const report = await prober.end(killedAt - 1_000)
    await watch.end()
    console.log(`${owner.name} killed: its path was gone after ${Math.round((gone?.atMillis ?? 0) - killedAt)} ms`)
    console.log(`${onLan} went unanswered for ${report.worstGapMillis} ms: ${told(report)}`)
    await eventually(
      'the client is answered',
      () => ask(cluster, 'client', onLan),
      (seen) => assert.ok(seen),
    )
    assert.deepEqual(await lab().addresses('l2'), [onLan], 'the Service keeps its address')
  })
}
