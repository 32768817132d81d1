import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { eventually } from '../../../harness/eventually'
import type { Lab } from '../../../harness/lab'
import { service } from '../../../harness/manifests'
import { nextHops } from '../../../harness/traffic'

/** externalTrafficPolicy Local: the speaker follows the pods of its node by the kube-proxy's own word, without the operator. */
export function localWithoutOperator(lab: () => Lab): void {
  describe('with the operator away', () => {
    const scale = (replicas: number): Promise<string> =>
      lab().cluster.kubectl([
        ...['scale', 'deployment', '-n', lab().namespace, '-l', 'app.kubernetes.io/component=operator'],
        `--replicas=${replicas}`,
        '--timeout=60s',
      ])
    const onlyOn = (...nodes: readonly string[]): Promise<void> =>
      lab().cluster.apply([
        lab().echo('followed', { follow: 'yes' }),
        ...lab().cluster.nodes.map((name) => ({
          apiVersion: 'v1',
          kind: 'Node',
          metadata: { name, labels: nodes.includes(name) ? { follow: 'yes' } : {} },
        })),
      ])

    test('a node whose pods go stops announcing, and announces again when one is back', async () => {
      await onlyOn('node1', 'node2')
      await lab().cluster.apply([
        service('followed', { pool: 'routed', spec: { externalTrafficPolicy: 'Local', selector: { app: 'followed' } } }),
      ])
      const [address = ''] = await lab().addresses('followed')
      const paths = (...hops: readonly string[]): Promise<unknown> =>
        eventually(
          `the router has a path over ${hops.join(' and ')}`,
          () => nextHops(lab().cluster, address),
          (seen) => assert.deepEqual(seen, hops),
        )
      await paths('10.99.0.11', '10.99.0.12')
      try {
        await scale(0)
        await eventually(
          'the operator is gone',
          () => lab().cluster.kubectl(['get', 'pods', '-n', lab().namespace, '-l', 'app.kubernetes.io/component=operator', '-o', 'name']),
          (pods) => assert.equal(pods.trim(), ''),
          60_000,
        )
        await onlyOn('node2')
        await paths('10.99.0.12')
        await onlyOn('node1', 'node2')
        await paths('10.99.0.11', '10.99.0.12')
      } finally {
        await scale(2)
        await lab().operatorReady()
        await lab().cluster.kubectl(['delete', 'service/followed', 'daemonset/followed'])
      }
    })
  })
}
