import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, test } from '@jest/globals'
import { eventually } from '../../../harness/eventually'
import type { Lab } from '../../../harness/lab'
import { l2, pool, service } from '../../../harness/manifests'
import { everySession, probed } from '../../../harness/plans'
import { told } from '../../../harness/prober'
import { nextHops } from '../../../harness/traffic'

type Lease = { readonly spec: { readonly holderIdentity?: string } }
/** A node, or a speaker's pod. */
type Carrier = {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly nodeName?: string }
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly lastTransitionTime: string }[] }
}
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
  /** When these nodes and their speakers last became ready or ceased to be: that, and nothing else here, may move what stands. */
  const readiness = async (nodes = lab().cluster.nodes): Promise<string> => {
    const speakers = `/api/v1/namespaces/${lab().namespace}/pods?labelSelector=app.kubernetes.io%2Fcomponent%3Dspeaker`
    const lists = await Promise.all(
      ['/api/v1/nodes', speakers].map((path) => lab().cluster.api<{ readonly items: readonly Carrier[] }>('GET', path)),
    )
    const ours = lists.flatMap(({ items }) => items).filter(({ metadata, spec }) => nodes.includes(spec.nodeName ?? metadata.name))
    const ready = ours.flatMap(({ status }) => status.conditions ?? []).filter(({ type }) => type === 'Ready')
    return JSON.stringify(ready.map(({ lastTransitionTime }) => lastTransitionTime))
  }
  /** A kubelet that was started again tells of its pods once more, a few seconds later. */
  const calmed = async (nodes = lab().cluster.nodes): Promise<string> => {
    let last = ''
    return eventually(
      'readiness stays as it is for 5 s',
      async () => {
        const before = last === '' ? await readiness(nodes) : last
        await pause(5_000)
        last = await readiness(nodes)
        return [before, last]
      },
      ([before, now]) => assert.equal(now, before),
      90_000,
    ).then(() => last)
  }
  const hopsOf = (nodes: readonly string[]): readonly string[] => nodes.map((name) => lab().cluster.node(name).ip)
  /** Two Services that stand, one by each protocol. */
  const standing = async (): Promise<{ readonly onLan: string; readonly routed: string }> => {
    await lab().cluster.apply([
      pool('loss-lan', ['10.99.1.112/28'], { autoAssign: false }),
      l2('loss-lan', ['loss-lan']),
      service('loss-lan', { pool: 'loss-lan' }),
      service('loss-routed', { pool: 'routed' }),
    ])
    const [[onLan = ''], [routed = '']] = [await lab().addresses('loss-lan'), await lab().addresses('loss-routed')]
    await everyPath(routed, hopsOf(lab().cluster.nodes))
    return { onLan, routed }
  }
  /** The one node that answers for an address. Asked once readiness is calm: a node that was NotReady a moment ago may lose what it was given. */
  const ownerOf = (address: string): Promise<string> =>
    eventually(
      'one node answers for it',
      () => lab().claimants(address),
      (who) => assert.equal(who.length, 1),
    ).then(([owner = '']) => owner)
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
      const { onLan, routed } = await standing()
      const calm = await calmed()
      const owner = await ownerOf(onLan)
      const [before, first] = [await lab().announced(), await holder()]
      let after = ''
      const report = await probed(lab(), { address: onLan }, async () => {
        const { metadata } = await leader()
        const [main] = await lab().cluster.podProcesses(lab().namespace, metadata.name)
        assert.match(main?.command ?? '', /operator\.js/)
        const killedAt = Date.now()
        process.kill(main?.pid ?? 0, 'SIGKILL')
        const millis = await servedAfter('loss-new', killedAt)
        const second = await holder()
        console.log(`leader ${first} killed: ${second} gave the next address ${millis} ms later`)
        assert.notEqual(second, first, 'another process leads')
        assert.deepEqual([await lab().addresses('loss-lan'), await lab().addresses('loss-routed')], [[onLan], [routed]])
        await lab().cluster.kubectl(['delete', 'service', 'loss-new'])
        after = await eventually(
          'nothing of the new Service is left',
          () => lab().announced(),
          (all) => assert.doesNotMatch(all, /loss-new/),
        )
        await everyPath(routed, hopsOf(lab().cluster.nodes))
      })
      if ((await readiness()) === calm) {
        assert.equal(after, before)
        assert.deepEqual(await lab().claimants(onLan), [owner])
        assert.deepEqual([report.unanswered, [...report.answersBy.keys()]], [0, [owner]], told(report))
      } else console.log(`the machine was so busy that nodes were missed, so owners may have moved: ${told(report)}`)
      await lab().operatorReady()
    })

    test('on a node that dies, the other one goes on: a new Service gets an address, and every address stays', async () => {
      await everySession(lab())
      await lab().operatorReady()
      const { onLan, routed } = await standing()
      const { spec } = await leader()
      const first = await holder()
      const dies = spec.nodeName
      const others = lab().cluster.nodes.filter((name) => name !== dies)
      const calm = await calmed(others)
      const owner = await ownerOf(onLan)
      const killedAt = await lab().cluster.node(dies).kill()
      const millis = await servedAfter('loss-newer', killedAt)
      console.log(`${dies} killed with the leader ${first}: ${await holder()} gave the next address ${millis} ms later`)
      assert.notEqual(await holder(), first)
      assert.deepEqual([await lab().addresses('loss-lan'), await lab().addresses('loss-routed')], [[onLan], [routed]])
      await everyPath(routed, hopsOf(others))
      const report = await probed(lab(), { address: onLan }, async () => {})
      const [by] = [...report.answersBy.keys()]
      assert.ok(others.includes(by ?? ''))
      if (owner !== dies && (await readiness(others)) === calm) assert.equal(by, owner, 'an address whose node lives stays there')
      await lab().cluster.kubectl(['delete', 'service/loss-lan', 'service/loss-routed', 'service/loss-newer'])
    })
  })
}
