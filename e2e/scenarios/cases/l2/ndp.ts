import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, test } from '@jest/globals'
import { eventually } from '../../../harness/eventually'
import type { Lab } from '../../../harness/lab'
import { l2, pool, service } from '../../../harness/manifests'
import { answerer, ask, nodeOfMac } from '../../../harness/traffic'

/** Services on the LAN that IPv6 clients find by neighbour solicitation (RFC 4861), and by nothing else. */
export function l2ByNdp(lab: () => Lab): void {
  /**
   * Nodes that answer the client's neighbour solicitation now. Told by the answers themselves, of which only those with the Solicited flag
   * are heard (RFC 4861 §4.4): the neighbour table would also take an address from an announcement that nobody asked for, or the last of two.
   */
  const solicit = async (address: string): Promise<readonly string[]> => {
    const { cluster } = lab()
    const macs = new Set<string>()
    const overheard = cluster.spawn('client', [
      'tcpdump',
      '-l',
      '-n',
      '-e',
      '-i',
      'eth0',
      'icmp6 and ip6[40] = 136 and ip6[44] & 0x40 != 0',
    ])
    try {
      let said = ''
      overheard.stdout?.on('data', (bytes) => {
        for (const line of String(bytes).split('\n'))
          if (line.includes(`tgt is ${address},`)) macs.add(/ ([0-9a-f:]{17}) > /.exec(line)?.[1] ?? 'nobody')
      })
      overheard.stderr?.on('data', (bytes) => {
        said += String(bytes)
      })
      await eventually(
        'tcpdump listens',
        async () => said,
        (text) => assert.match(text, /listening on eth0/),
      )
      await cluster.exec('client', ['ip', '-6', 'neigh', 'flush', 'to', address], { check: false })
      await cluster.exec('client', ['ping', '-6', '-c', '1', '-W', '1', address], { check: false })
      await pause(500) // for a second node that answers
    } finally {
      overheard.kill()
    }
    return Promise.all([...macs].map(async (mac) => (await nodeOfMac(cluster, mac)) ?? mac))
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
      assert.deepEqual(await solicit(address), owners)

      await cluster.kubectl(['delete', 'service', 'ndp'])
      await eventually(
        'the solicitation goes unanswered',
        () => solicit(address),
        (who) => assert.deepEqual(who, []),
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
      assert.deepEqual(await solicit(v6), await lab().claimants(v6))
      await cluster.kubectl(['delete', 'service', 'ndp-dual'])
      await eventually(
        'nobody answers for either',
        async () => [await answerer(cluster, v4), await solicit(v6)],
        (who) => assert.deepEqual(who, [undefined, []]),
      )
    })
  })
}
