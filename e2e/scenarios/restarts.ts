import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, test } from '@jest/globals'
import { holdConnections } from './connections'
import { eventually } from './eventually'
import type { Lab } from './lab'
import { service } from './manifests'
import { answerer, ask, nextHops } from './traffic'

/** Everything of ours is restarted or cut off in turn; nothing announced may be lost. */
export function restarts(lab: () => Lab): void {
  describe('the operator', () => {
    test('deleted and restarted, it changes no address and writes no plan anew', async () => {
      const before = await lab().announced()
      const revisions = await lab().revisions()
      await lab().cluster.kubectl(['delete', 'pods', '-n', lab().namespace, '-l', 'app.kubernetes.io/component=operator', '--wait=true'])
      await lab().operatorReady()
      await pause(3_000) // long enough for a new leader's first pass, which is what must change nothing
      assert.deepEqual(await lab().announced(), before)
      assert.deepEqual(await lab().revisions(), revisions)
    })
  })

  describe('the speakers', () => {
    test('a rolling restart moves no L2 address and resets none of 50 open TCP connections', async () => {
      const [address] = await lab().addresses('l2')
      const owner = await answerer(lab().cluster, address ?? '')
      const held = holdConnections(lab().cluster, 'client', address ?? '', 50)
      const moved: (string | undefined)[] = []
      let rolling = true
      const watching = (async () => {
        while (rolling) {
          await lab().cluster.exec('client', ['ip', 'neigh', 'flush', 'to', address ?? ''], { check: false }) // each probe must ask anew
          const who = await answerer(lab().cluster, address ?? '')
          if (who !== owner) moved.push(who)
        }
      })()
      await lab().cluster.kubectl(['rollout', 'restart', 'daemonset', '-n', lab().namespace, '-l', 'app.kubernetes.io/component=speaker'])
      await lab().speakersReady()
      rolling = false
      await watching
      const report = await held.report()
      console.log(`50 connections through a rolling restart: ${JSON.stringify(report)}`)
      assert.deepEqual(moved, [], 'every ARP question was answered, and by the owner')
      assert.deepEqual([report.open, report.reset], [50, 0])
    })
  })

  describe('the API server', () => {
    test('away for 60 s, it takes nothing announced with it, and the log says so once', async () => {
      await lab().cluster.apply([service('routed', { pool: 'routed' })])
      const [[onLan], [routed]] = [await lab().addresses('l2'), await lab().addresses('routed')]
      await eventually(
        'the router has every path',
        () => nextHops(lab().cluster, routed ?? ''),
        (hops) => assert.equal(hops.length, 3),
      )
      const owner = await answerer(lab().cluster, onLan ?? '')
      await lab().cluster.stopApiServer()
      const until = performance.now() + 60_000
      while (performance.now() < until) {
        assert.equal(await answerer(lab().cluster, onLan ?? ''), owner)
        assert.equal((await nextHops(lab().cluster, routed ?? '')).length, 3)
        assert.ok(await ask(lab().cluster, 'client', onLan ?? ''))
        await pause(1_000)
      }
      await lab().cluster.startApiServer()
      await lab().operatorReady()
      assert.deepEqual(await lab().addresses('l2'), [onLan])
      const log = await lab().speakerLog('node1')
      const lost = log.filter(({ event }) => event === 'api-lost')
      assert.ok(lost.length >= 1 && lost.length <= 3, `the loss is logged once per watch, not over and over: ${JSON.stringify(lost)}`)
    })
  })
}

/** Last, because the cluster has a node less afterwards. */
export function nodeLoss(lab: () => Lab): void {
  describe('a node', () => {
    test('killed, it loses its L2 addresses to another node', async () => {
      const [address] = await lab().addresses('l2')
      await everyNodeReady(lab())
      await lab().operatorReady()
      const owner = (await answerer(lab().cluster, address ?? '')) ?? ''
      const began = performance.now()
      await lab().cluster.node(owner).kill()
      const heir = await eventually(
        'another node answers',
        () => answerer(lab().cluster, address ?? ''),
        (who) => assert.ok(who !== undefined && who !== owner),
        90_000,
      )
      console.log(`${owner} killed; ${heir} answers for ${address} after ${((performance.now() - began) / 1000).toFixed(1)} s`)
      await eventually(
        'the client is answered',
        () => ask(lab().cluster, 'client', address ?? ''),
        (seen) => assert.ok(seen),
      )
      assert.deepEqual(await lab().addresses('l2'), [address], 'the Service keeps its address')
    })
  })
}

/** After an API server was away its nodes are found again one by one; while most are missed, one more death proves nothing. */
async function everyNodeReady({ cluster }: Lab): Promise<void> {
  const path = 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}'
  await eventually(
    'every node is Ready',
    () => cluster.kubectl(['get', 'nodes', '-o', path]),
    (ready) => assert.equal(ready, 'True True True'),
    120_000,
  )
}
