import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { eventually } from '../harness/eventually'
import type { Lab } from '../harness/lab'
import { onLab } from '../harness/on-lab'
import { quantile, spread, watchPaths } from '../harness/path-watch'
import { nextHops } from '../harness/traffic'
import { bfdOf } from './cases/bgp/bfd'
import { restartSpeakers } from './cases/losses/rolling'

/** 50 ms × 3, and the router's time from BFD's event to its kernel's table. */
const promisedMillis = 250
const cuts = 20

onLab('Loadstone and a router, timed', silentDeath)

function silentDeath(lab: () => Lab): void {
  const bfd = bfdOf(lab)
  describe('BFD', () => {
    test('300 ms × 3: a rolling restart of the speakers goes unnoticed', async () => {
      await bfd.pace(300)
      const [address = ''] = await lab().addresses('routed')
      await bfd.settled(address)
      const before = await bfd.downs()
      await restartSpeakers(lab())
      await eventually('it is up on every node', bfd.up, (up) => assert.equal(up.length, 3))
      assert.equal(await bfd.downs(), before)
    })

    test(`50 ms × 3: a node that falls silent loses its path at the router within ${promisedMillis} ms`, async () => {
      await bfd.pace(50)
      const [address = ''] = await lab().addresses('routed')
      const took: number[] = []
      for (let i = 0; i < cuts; i++) took.push(await cut(i % 3, address))
      console.log(`BFD 50 ms × 3, from the cut to the route: ${spread(took)}`)
      assert.ok(quantile(took, 0.95) <= promisedMillis, spread(took))
    })
  })

  async function cut(which: number, address: string): Promise<number> {
    const { cluster } = lab()
    const node = cluster.node(which + 1)
    await bfd.settled(address)
    const watch = await watchPaths(cluster, address)
    try {
      const cutAt = await node.cutLink('silent')
      const goneAt = await eventually(
        `the path over ${node.name} is gone`,
        async () => watch.firstAfter(cutAt),
        (at) => assert.notEqual(at, undefined),
      )
      assert.ok(!(await nextHops(cluster, address)).includes(node.ip))
      return (goneAt ?? Number.POSITIVE_INFINITY) - cutAt
    } finally {
      await node.heal()
      await watch.end()
    }
  }
}
