import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { eventually } from './eventually'
import type { Lab } from './lab'
import { l2, pool, service } from './manifests'
import { everySession, probed } from './plans'
import { told } from './prober'
import { nextHops } from './traffic'

type Lease = { readonly spec: { readonly holderIdentity?: string } }
type Pod = {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly nodeName: string }
}

/** The operator that leads is lost without a word. The cluster has a node less after the last test. */
export function operatorLoss(lab: () => Lab): void {
  const holder = async (): Promise<string> => {
    const lease = await lab().cluster.api<Lease>(
      'GET',
      `/apis/coordination.k8s.io/v1/namespaces/${lab().namespace}/leases/loadstone-operator`,
    )
    return lease.spec.holderIdentity ?? ''
  }
  /** The pod that leads; an identity is the pod's name and a number of the process. */
  const leader = async (): Promise<Pod> =>
    eventually(
      'an operator leads',
      async () => {
        const [name = ''] = (await holder()).split('_')
        return lab().cluster.api<Pod>('GET', `/api/v1/namespaces/${lab().namespace}/pods/${name}`)
      },
      () => {},
    )
  const everyPath = async (address: string, hops: readonly string[]): Promise<void> => {
    await eventually(
      `the router has a path over ${hops.join(', ')}`,
      () => nextHops(lab().cluster, address),
      (seen) => assert.deepEqual(seen, hops),
    )
  }
  const hopsOf = (nodes: readonly string[]): readonly string[] => nodes.map((name) => lab().cluster.node(name).ip)
  /** Two Services that stand, one by each protocol, and who answers for the first. */
  const standing = async (): Promise<{ readonly onLan: string; readonly routed: string; readonly owner: string }> => {
    await lab().cluster.apply([
      pool('loss-lan', ['10.99.1.112/28'], { autoAssign: false }),
      l2('loss-lan', ['loss-lan']),
      service('loss-lan', { pool: 'loss-lan' }),
      service('loss-routed', { pool: 'routed' }),
    ])
    const [[onLan = ''], [routed = '']] = [await lab().addresses('loss-lan'), await lab().addresses('loss-routed')]
    await everyPath(routed, hopsOf(lab().cluster.nodes))
    const [owner = ''] = await lab().claimants(onLan)
    return { onLan, routed, owner }
  }
  /** How long a Service that is made now waits for its address. */
  const servedAfter = async (name: string, since: number): Promise<number> => {
    await lab().cluster.apply([service(name, { pool: 'loss-lan' })])
    const [address = ''] = await lab().addresses(name)
    const millis = Date.now() - since
    await eventually(
      'somebody answers for it',
      () => lab().claimants(address),
      (who) => assert.equal(who.length, 1),
    )
    return millis
  }

  describe('the operator that leads', () => {
    test('killed, the other one goes on: a new Service gets an address, and what stood stands', async () => {
      await lab().operatorReady()
      const { onLan, routed, owner } = await standing()
      const report = await probed(lab(), { address: onLan }, async () => {
        const [before, first] = [await lab().announced(), await holder()]
        const { metadata } = await leader()
        const [main] = await lab().cluster.podProcesses(lab().namespace, metadata.name)
        assert.match(main?.command ?? '', /operator\.js/)
        process.kill(main?.pid ?? 0, 'SIGKILL')
        const killedAt = Date.now()
        const millis = await servedAfter('loss-new', killedAt)
        const second = await holder()
        console.log(`leader ${first} killed: ${second} gave the next address ${millis} ms later`)
        assert.notEqual(second, first, 'another process leads')
        assert.deepEqual([await lab().addresses('loss-lan'), await lab().addresses('loss-routed')], [[onLan], [routed]])
        assert.deepEqual(await lab().claimants(onLan), [owner])
        await lab().cluster.kubectl(['delete', 'service', 'loss-new'])
        await eventually(
          'without the new Service everything is as it was',
          () => lab().announced(),
          (now) => assert.equal(now, before),
        )
        await everyPath(routed, hopsOf(lab().cluster.nodes))
      })
      assert.deepEqual([report.unanswered, [...report.answersBy.keys()]], [0, [owner]], told(report))
      await lab().operatorReady()
    })

    test('on a node that dies, the other one goes on: a new Service gets an address, and every address stays', async () => {
      await everySession(lab())
      await lab().operatorReady()
      const { onLan, routed, owner } = await standing()
      const { spec } = await leader()
      const first = await holder()
      const dies = spec.nodeName
      const others = lab().cluster.nodes.filter((name) => name !== dies)
      const killedAt = await lab().cluster.node(dies).kill()
      const millis = await servedAfter('loss-newer', killedAt)
      console.log(`${dies} killed with the leader ${first}: ${await holder()} gave the next address ${millis} ms later`)
      assert.notEqual(await holder(), first)
      assert.deepEqual([await lab().addresses('loss-lan'), await lab().addresses('loss-routed')], [[onLan], [routed]])
      await everyPath(routed, hopsOf(others))
      const report = await probed(lab(), { address: onLan }, async () => {})
      const [by] = [...report.answersBy.keys()]
      assert.ok(others.includes(by ?? ''))
      if (owner !== dies) assert.equal(by, owner, 'an address whose node lives stays there')
      await lab().cluster.kubectl(['delete', 'service/loss-lan', 'service/loss-routed', 'service/loss-newer'])
    })
  })
}
