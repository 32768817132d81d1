import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { eventually } from '../../../harness/eventually'
import type { Lab } from '../../../harness/lab'
import { service } from '../../../harness/manifests'
import { everyPath, nextHops } from '../../../harness/traffic'

/** A node that leaves on purpose: the network turns away before anything is withdrawn. */
export function draining(lab: () => Lab): void {
  describe('a node that is drained of its announcements', () => {
    test('tells GRACEFUL_SHUTDOWN first, then withdraws and says why; undone, it is back', async () => {
      await lab().cluster.apply([service('routed', { pool: 'routed' })])
      const [address = ''] = await lab().addresses('routed')
      await everyPath(lab().cluster, address)
      await lab().cluster.router.configure('router bgp 64512', 'bgp log-neighbor-changes')
      try {
        await lab().cluster.kubectl(['annotate', 'node', 'node2', 'loadstone.dev/drain=true'])
        await eventually(
          'the router sees the community (RFC 8326)',
          () => lab().cluster.router.vtysh(`show bgp ipv4 unicast ${address}/32`),
          (text) => assert.match(text, /graceful-shutdown/),
          10_000,
        )
        await eventually(
          'the path is withdrawn',
          () => nextHops(lab().cluster, address),
          (hops) => assert.deepEqual(hops, ['10.99.0.11', '10.99.0.13']),
          20_000,
        )
        await eventually(
          'the session ends',
          () => lab().cluster.router.vtysh('show bgp neighbors 10.99.0.12'),
          (text) => assert.match(text, /Administrative Shutdown/i),
          20_000,
        )
        assert.match(lab().cluster.logs('router.bgpd'), /node node2 is leaving: drain/, 'the router logs our reason (RFC 9003)')
      } finally {
        await lab().cluster.kubectl(['annotate', 'node', 'node2', 'loadstone.dev/drain-'])
      }
      await everyPath(lab().cluster, address)
    })
  })
}
