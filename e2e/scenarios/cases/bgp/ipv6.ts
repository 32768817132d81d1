import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { eventually } from '../../../harness/eventually'
import type { Lab } from '../../../harness/lab'
import { bgp, peer, pool, service } from '../../../harness/manifests'
import { askOften, everyPath } from '../../../harness/traffic'

/** A dual-stack Service `both` behind the router, and IPv6 sessions, which keep routes: made unless they are there. */
export async function dualStack({ cluster }: Lab): Promise<void> {
  await cluster.apply([
    pool('routed-both', ['10.100.1.0/24', 'fd99:100::/120'], { autoAssign: false }),
    bgp('routed-both', ['routed-both']),
    peer('router6', 'fd99::254', { enableGracefulRestart: true }),
    service('both', { pool: 'routed-both', spec: { ipFamilyPolicy: 'RequireDualStack' } }),
  ])
}

/** IPv6 Services through the router. */
export function ipv6Routed(lab: () => Lab): void {
  describe('a dual-stack Service behind the router', () => {
    test('is reached by IPv6 over all three nodes, its routes told over IPv6 sessions', async () => {
      await dualStack(lab())
      const addresses = await lab().addresses('both')
      assert.equal(addresses.length, 2)
      for (const address of addresses) {
        await everyPath(lab().cluster, address)
        const answers = await eventually(
          'every flow is answered',
          () => askOften(lab().cluster, 'outside', address, 30),
          (seen) => assert.equal(seen.length, 30),
        )
        assert.equal(new Set(answers.map(({ node }) => node)).size, 3)
      }
    })
  })
}
