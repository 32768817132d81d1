import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { groupsOf, L2Announcer } from '../../src/l2/announcer'
import { claim } from '../../src/l2/ownership'
import type { WorkerCommand } from '../../src/messages/messages'
import { entry } from '../builders'

const claims = (...list: ReturnType<typeof entry>[]) =>
  claim(new Map(), new Map(list.map((value) => [value.address, { value }])), 'node1', 0)

test('addresses are grouped by where they are answered', () => {
  const all = claims(
    entry('192.0.2.1'),
    entry('192.0.2.2', { interfaces: ['eth0', 'eth1'] }),
    entry('192.0.2.3'),
    entry('192.0.2.4', { interfaces: ['eth0', 'eth1'] }),
  )
  assert.deepEqual(groupsOf(all), [
    { addresses: ['192.0.2.1', '192.0.2.3'] },
    { interfaces: ['eth0', 'eth1'], addresses: ['192.0.2.2', '192.0.2.4'] },
  ])
})

test('the worker is told what differs and nothing twice; it is applied once the worker has carried out the first', () => {
  const posted: WorkerCommand[] = []
  const announcer = new L2Announcer((message) => posted.push(message))
  assert.ok(!announcer.isApplied)
  for (let i = 0; i < 3; i++) announcer.reconcile(claims(entry('192.0.2.1')), [])
  assert.equal(posted.length, 1)
  announcer.onApplied(1)
  assert.ok(announcer.isApplied)
  announcer.reconcile(claims(entry('192.0.2.1')), ['^veth'])
  assert.deepEqual([posted.length, announcer.isApplied], [2, true])
})
