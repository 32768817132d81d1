import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, test } from '@jest/globals'
import { eventually } from '../../../harness/eventually'
import type { Lab } from '../../../harness/lab'
import { l2, pool, service } from '../../../harness/manifests'
import { watchPaths } from '../../../harness/path-watch'
import { everySession, planOf, probed, seatOf } from '../../../harness/plans'
import { told } from '../../../harness/prober'
import { answerer, ask, neighbour, nextHops, nodeOfMac } from '../../../harness/traffic'

/** A speaker withdraws its routes this long after it was told to leave; what is never to go must stand for longer than that. */
const pauseMillis = 5_000
/** Owner and heir may both answer for a moment; questions are judged once their answers are a second old. */
const settledMillis = 1_000

/** Nodes that are asked to hand over the addresses they answer for. */
export function drainOnL2(lab: () => Lab): void {
  const undrain = async (): Promise<void> => {
    await lab().cluster.kubectl(['annotate', 'nodes', '--all', 'loadstone.dev/drain-'])
    await everySession(lab())
  }

  describe('a node that is drained, of the addresses that it answers for', () => {
    test('hands each to the next candidate, whom clients turn to by themselves, and takes none back', async () => {
      const { cluster } = lab()
      await cluster.apply([
        pool('drain-lan', ['10.99.1.80/30'], { autoAssign: false }),
        l2('drain-lan', ['drain-lan']),
        service('drain-lan', { pool: 'drain-lan' }),
      ])
      const [address = ''] = await lab().addresses('drain-lan')
      const [owner = '', next = ''] = await seatOf(lab(), address)
      assert.deepEqual(await lab().claimants(address), [owner])
      try {
        const traffic = await probed(lab(), { address, kind: 'udp' }, async () => {
          const questions = await probed(lab(), { address }, async (asking) => {
            assert.equal(asking.last()?.by, owner)
            await cluster.kubectl(['annotate', 'node', owner, 'loadstone.dev/drain=true'])
            await eventually(
              'the next candidate says that it answers, and nobody else does',
              () => lab().claimants(address),
              (who) => assert.deepEqual(who, [next]),
            )
            assert.equal((await planOf(lab(), owner)).spec.leaving, 'drain')
            // The kernel of the client asks nobody while it hears answers: only the new owner's own announcement turns it.
            await eventually(
              'the client’s traffic goes to the next candidate',
              async () => nodeOfMac(cluster, await neighbour(cluster, 'client', address)),
              (who) => assert.equal(who, next),
            )
            await pause(settledMillis)
            const mark = asking.mark()
            await pause(2 * settledMillis)
            assert.deepEqual([...asking.since(mark).answersBy.keys()], [next], 'in the end it answers alone')
          })
          console.log(`drain of ${owner}, ARP asked every 5 ms: ${told(questions)}`)
          assert.deepEqual(new Set(questions.answersBy.keys()), new Set([owner, next]), 'nobody else ever answered')
        })
        console.log(`drain of ${owner}, UDP through the Service every 5 ms: ${told(traffic)}`)
      } finally {
        await undrain()
      }
      await pause(2 * settledMillis) // for an operator that would take it back, and must not
      assert.equal(await answerer(cluster, address), next)
      assert.deepEqual(await lab().claimants(address), [next])
    })
  })

  describe('when every node is drained', () => {
    test('what is announced stays announced, on the LAN and at the router, and each node says why', async () => {
      const { cluster } = lab()
      await cluster.apply([
        pool('drain-all', ['10.99.1.84/30'], { autoAssign: false }),
        l2('drain-all', ['drain-all']),
        service('drain-all', { pool: 'drain-all' }),
        service('drain-routed', { pool: 'routed' }),
      ])
      const [[onLan = ''], [routed = '']] = [await lab().addresses('drain-all'), await lab().addresses('drain-routed')]
      const everyPath = (): Promise<unknown> =>
        eventually(
          'the router has a path over every node',
          () => nextHops(cluster, routed),
          (hops) => assert.equal(hops.length, 3),
          90_000,
        )
      await everyPath()
      const watch = await watchPaths(cluster, routed)
      try {
        const began = Date.now()
        const questions = await probed(lab(), { address: onLan }, async (asking) => {
          await cluster.kubectl(['annotate', 'nodes', '--all', 'loadstone.dev/drain=true'])
          await eventually(
            'each says that it is the last path',
            () => Promise.all(cluster.nodes.map((node) => planOf(lab(), node))),
            (plans) => {
              for (const { spec } of plans) {
                assert.equal(spec.leaving, undefined)
                assert.match(spec.staying ?? '', /^LastPath: The annotation loadstone\.dev\/drain asks it to leave/)
              }
            },
          )
          await pause(pauseMillis + settledMillis)
          await everyPath()
          const mark = asking.mark()
          await pause(2 * settledMillis)
          const { answersBy } = asking.since(mark)
          assert.equal(answersBy.size, 1, `one node answers: ${[...answersBy.keys()].join()}`)
        })
        console.log(`drain of every node, ARP asked every 5 ms: ${told(questions)}`)
        assert.ok(await ask(cluster, 'client', onLan))
        assert.ok(await ask(cluster, 'outside', routed))
        assert.deepEqual(
          watch.changesSince(began).filter(({ hops }) => hops.length === 0),
          [],
          'the router has a path at every moment',
        )
      } finally {
        await undrain()
        await watch.end()
      }
      await cluster.kubectl(['delete', 'service/drain-lan', 'service/drain-all', 'service/drain-routed', '--ignore-not-found'])
    })
  })
}
