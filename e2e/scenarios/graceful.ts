import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { eventually } from './eventually'
import type { Lab } from './lab'
import { watchPaths } from './path-watch'
import { nextHops } from './traffic'

/** The speakers are replaced one after the other, and routers that keep routes meanwhile (RFC 4724) lose none. Needs a Service `both`. */
export function gracefulRestart(lab: () => Lab): void {
  describe('a rolling restart of the speakers', () => {
    test('with enableGracefulRestart: the router keeps every path to an address all the time', async () => {
      const address = (await lab().addresses('both')).find((ip) => ip.includes(':')) ?? ''
      await complete(lab(), address)
      const watch = await watchPaths(lab().cluster, address)
      const began = Date.now()
      await restartSpeakers(lab())
      await eventually(
        'the router has both sessions with every node again',
        () => lab().establishedPeers(),
        (count) => assert.equal(count, 6),
      )
      const changes = watch.changesSince(began)
      watch.end()
      assert.deepEqual(
        changes.filter((line) => line.includes('Deleted') || line.split('nexthop').length !== 4),
        [],
      )
      await complete(lab(), address)
    })
  })
}

const complete = async ({ cluster }: Lab, address: string): Promise<unknown> =>
  eventually(
    'the router has every path',
    () => nextHops(cluster, address),
    (hops) => assert.equal(hops.length, 3),
  )

export async function restartSpeakers(lab: Lab): Promise<void> {
  await lab.cluster.kubectl(['rollout', 'restart', 'daemonset', '-n', lab.namespace, '-l', 'app.kubernetes.io/component=speaker'])
  await lab.speakersReady()
}
