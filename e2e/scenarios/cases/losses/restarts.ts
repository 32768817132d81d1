import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, test } from '@jest/globals'
import { eventually } from '../../../harness/eventually'
import type { Lab } from '../../../harness/lab'
import { service } from '../../../harness/manifests'
import { watchPaths } from '../../../harness/path-watch'
import { startProber, told } from '../../../harness/prober'
import { everyPath } from '../../../harness/traffic'

const awayMillis = 60_000

/** The operator is started anew; what it decided before is what it decides again. */
export function operatorRestart(lab: () => Lab): void {
  test('the operator, deleted and restarted, decides everything anew and changes no address and writes no plan', async () => {
    await lab().cluster.apply([service('l2', { pool: 'lan' }), service('routed', { pool: 'routed' })])
    for (const name of ['l2', 'routed']) await lab().addresses(name)
    const before = await eventually('somebody leads', lab().leader, (leader) => assert.ok(leader !== undefined && leader.passes > 0))
    const [announced, revisions] = [await lab().announced(), await lab().revisions()]
    const pods = ['pods', '-n', lab().namespace, '-l', 'app.kubernetes.io/component=operator']
    await lab().cluster.kubectl(['delete', ...pods, '--wait=true'], { timeoutSeconds: 120 })
    await lab().operatorReady()
    await eventually(
      'another leads, and has decided everything once',
      lab().leader,
      (leader) => assert.ok(leader !== undefined && leader.pod !== before?.pod && leader.passes > 0, JSON.stringify(leader)),
      60_000,
    )
    assert.equal(await lab().announced(), announced)
    assert.equal(await lab().revisions(), revisions)
  })
}

type Event = { readonly event?: string }

/** The last on its cluster: its nodes are found Ready again one by one, which takes longer than the outage. */
export function apiOutage(lab: () => Lab): void {
  const logs = (): Promise<readonly (readonly Event[])[]> => Promise.all(lab().cluster.nodes.map((node) => lab().speakerLog(node)))
  const counts = (log: readonly Event[]): readonly number[] =>
    ['api-lost', 'api-back'].map((name) => log.filter(({ event }) => event === name).length)

  describe('the API server', () => {
    test(`away for ${awayMillis / 1000} s, it takes nothing announced with it, and each speaker's log says so once`, async () => {
      const { cluster } = lab()
      await cluster.apply([service('l2', { pool: 'lan' }), service('routed', { pool: 'routed' })])
      const [[onLan = ''], [routed = '']] = [await lab().addresses('l2'), await lab().addresses('routed')]
      await everyPath(cluster, routed)
      const before = (await logs()).map(counts)
      const arp = await startProber(cluster, { address: onLan })
      // A connection each time, so that the router spreads them over all paths.
      const tcp = await startProber(cluster, { address: routed, kind: 'tcp', machine: 'outside', everyMillis: 50 })
      const watch = await watchPaths(cluster, routed)
      const [owner, began] = [arp.last()?.by, Date.now()]
      try {
        try {
          await cluster.stopApiServer()
          await pause(awayMillis)
        } finally {
          await cluster.startApiServer()
        }
        const [asked, sent] = await Promise.all([arp.end(began), tcp.end(began)])
        console.log(`ARP while the API server was away: ${told(asked)}`)
        console.log(`connections through the router meanwhile: ${told(sent)}`)
        assert.ok(asked.asked > 1_000 && sent.asked > 100, 'it was asked all the time')
        assert.equal(asked.unanswered, 0, told(asked))
        assert.equal(sent.unanswered, 0, told(sent))
        assert.deepEqual([...asked.answersBy.keys()], [owner])
      } finally {
        arp.stop()
        tcp.stop()
        await watch.end()
      }
      assert.deepEqual(watch.changesSince(began), [])
      await lab().operatorReady()
      await eventually(
        'each has lost the API server once and found it again once',
        async () => (await logs()).map(counts),
        (after) =>
          assert.deepEqual(
            after,
            before.map((one) => one.map((count) => count + 1)),
          ),
      )
      assert.deepEqual(await lab().addresses('l2'), [onLan])
    })
  })
}
