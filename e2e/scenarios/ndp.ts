import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { eventually } from './eventually'
import type { Lab } from './lab'
import { l2, pool, service } from './manifests'
import { answerer, ask, neighbour, nodeOfMac } from './traffic'

/** Services on the LAN that IPv6 clients find by neighbour solicitation (RFC 4861), and by nothing else. */
export function l2ByNdp(lab: () => Lab): void {
  /** Who answers the kernel's own neighbour solicitation now; undefined when nobody does, after the three times that it asks. */
  const solicit = async (address: string): Promise<string | undefined> => {
    const { cluster } = lab()
    await cluster.exec('client', ['ip', '-6', 'neigh', 'flush', 'to', address], { check: false })
    await cluster.exec('client', ['ping', '-6', '-c', '1', '-W', '1', address], { check: false })
    return nodeOfMac(cluster, await neighbour(cluster, 'client', address))
  }
  const reached = (address: string): Promise<unknown> =>
    eventually(
      `the client is answered by ${address}`,
      () => ask(lab().cluster, 'client', address),
      (seen) => assert.ok(seen),
    )
  const onLink = async (address: string): Promise<void> => {
    const { stdout } = await lab().cluster.exec('client', ['ip', '-6', 'route', 'get', address])
    assert.doesNotMatch(stdout, /via/, 'the client has the pool on-link')
  }

  describe('an IPv6 Service on the LAN', () => {
    test('is found by neighbour solicitation, answered by its owner alone, reached by HTTP, and gone once deleted', async () => {
      const { cluster } = lab()
      await cluster.apply([
        pool('ndp', ['10.99.1.64/29', 'fd99:1::40/125'], { autoAssign: false }),
        l2('ndp', ['ndp']),
        service('ndp', { pool: 'ndp', spec: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] } }),
      ])
      const addresses = await lab().addresses('ndp')
      const [address = ''] = addresses
      assert.match(address, /^fd99:1::4/)
      assert.equal(addresses.length, 1)
      await onLink(address)
      await reached(address)
      const owners = await lab().claimants(address)
      assert.equal(owners.length, 1)
      // Neighbour advertisements as they arrive at the client: a second node that answers would be overheard by its neighbour table.
      const overheard = cluster.spawn('client', ['tcpdump', '-l', '-n', '-e', '-i', 'eth0', 'icmp6 and ip6[40] = 136'])
      const answers: string[] = []
      overheard.stdout?.on('data', (bytes) => answers.push(...String(bytes).split('\n')))
      try {
        await eventually(
          'the solicitation is answered, and that is heard',
          () => solicit(address),
          (who) => {
            assert.deepEqual([who], owners)
            assert.ok(answers.some((line) => line.includes(`tgt is ${address}`)))
          },
        )
      } finally {
        overheard.kill()
      }
      const macs = new Set(
        answers.flatMap((line) => (line.includes(`tgt is ${address},`) ? (/ ([0-9a-f:]{17}) > /.exec(line)?.[1] ?? []) : [])),
      )
      assert.deepEqual(await Promise.all([...macs].map((mac) => nodeOfMac(cluster, mac))), owners)

      await cluster.kubectl(['delete', 'service', 'ndp'])
      await eventually(
        'the solicitation goes unanswered',
        () => solicit(address),
        (who) => assert.equal(who, undefined),
      )
      assert.equal(await ask(cluster, 'client', address), undefined)
    })

    test('of both families is found by ARP and by solicitation', async () => {
      const { cluster } = lab()
      await cluster.apply([
        pool('ndp-dual', ['10.99.1.72/29', 'fd99:1::48/125'], { autoAssign: false }),
        l2('ndp-dual', ['ndp-dual']),
        service('ndp-dual', { pool: 'ndp-dual', spec: { ipFamilyPolicy: 'RequireDualStack' } }),
      ])
      const addresses = await eventually(
        'it has an address of each family',
        () => lab().addresses('ndp-dual'),
        (all) => assert.equal(all.length, 2),
      )
      const v4 = addresses.find((one) => !one.includes(':')) ?? ''
      const v6 = addresses.find((one) => one.includes(':')) ?? ''
      await onLink(v6)
      for (const address of [v4, v6]) await reached(address)
      assert.deepEqual([await answerer(cluster, v4)], await lab().claimants(v4))
      assert.deepEqual([await solicit(v6)], await lab().claimants(v6))
      await cluster.kubectl(['delete', 'service', 'ndp-dual'])
      await eventually(
        'nobody answers for either',
        async () => [await answerer(cluster, v4), await solicit(v6)],
        (who) => assert.deepEqual(who, [undefined, undefined]),
      )
    })
  })
}
