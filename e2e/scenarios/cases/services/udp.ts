import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { eventually } from '../../../harness/eventually'
import type { Lab } from '../../../harness/lab'
import { l2, pool, service } from '../../../harness/manifests'

// A connected socket takes an answer from the address it asked, and from no other.
const program = `
const socket = require('node:dgram').createSocket(process.argv[1].includes(':') ? 'udp6' : 'udp4')
socket.on('error', () => process.exit(1))
socket.on('message', (message) => { console.log(String(message)); process.exit(0) })
socket.connect(7, process.argv[1], () => socket.send('said by ' + process.pid))
setTimeout(() => process.exit(1), 1000)
`

/** Datagrams reach the pods and come back, by every way that an address is announced. */
export function udpServices(lab: () => Lab): void {
  describe('a UDP port of a Service', () => {
    const echoed = (from: string, address: string): Promise<unknown> =>
      eventually(
        `${address} echoes`,
        () => lab().cluster.exec(from, [process.execPath, '-e', program, address], { check: false }),
        ({ code, stdout }) => {
          assert.equal(code, 0)
          assert.match(stdout, /^said by \d+$/m)
        },
      )

    test('echoes on the LAN, in both families', async () => {
      await lab().cluster.apply([
        pool('udp-lan', ['10.99.1.96/29', 'fd99:1::60/125'], { autoAssign: false }),
        l2('udp-lan', ['udp-lan']),
        service('udp-lan', { pool: 'udp-lan', spec: { ipFamilyPolicy: 'RequireDualStack' } }),
      ])
      const addresses = await eventually(
        'it has an address of each family',
        () => lab().addresses('udp-lan'),
        (all) => assert.equal(all.length, 2),
      )
      for (const address of addresses) await echoed('client', address)
      await lab().cluster.kubectl(['delete', 'service', 'udp-lan'])
    })

    test('echoes behind the router', async () => {
      await lab().cluster.apply([service('udp-routed', { pool: 'routed' })])
      const [address = ''] = await lab().addresses('udp-routed')
      await echoed('outside', address)
      await lab().cluster.kubectl(['delete', 'service', 'udp-routed'])
    })
  })
}
