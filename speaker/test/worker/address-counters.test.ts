import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { link, linkLocal, mac, world } from '../sim/l2-world'

/** The last totals of each address, as the main thread keeps them. */
function counts({ of }: Pick<ReturnType<typeof world>, 'of'>): Record<string, readonly number[]> {
  const last = new Map(of('counters').flatMap(({ addresses }) => [...addresses]))
  return Object.fromEntries([...last].map(([ip, { requests, responses, gratuitous }]) => [ip, [requests, responses, gratuitous]]))
}

test('questions, answers and announcements are counted by address: two gratuitous frames by ARP, one by NDP, each of five times', () => {
  const here = world()
  here.snapshot(['192.0.2.10 192.0.2.11 2001:db8::10'])
  here.clock.advance(4_000)
  for (const address of ['192.0.2.10', '192.0.2.10', '192.0.2.12']) here.asks('eth0', address)
  here.solicits('eth0', '2001:db8::10')
  here.clock.advance(6_000)
  assert.deepEqual(counts(here), { '192.0.2.10': [2, 2, 10], '192.0.2.11': [0, 0, 10], '2001:db8::10': [1, 1, 5] })
})

test('only what changed is told again', () => {
  const here = world()
  here.snapshot(['192.0.2.10 192.0.2.11'])
  here.clock.advance(10_000)
  here.asks('eth0', '192.0.2.11')
  here.clock.advance(10_000)
  assert.deepEqual(
    here.of('counters').map(({ addresses }) => [...addresses.keys()]),
    [['192.0.2.10', '192.0.2.11'], [], ['192.0.2.11'], []],
  )
})

test('an answer that the kernel did not take is a request without a response', () => {
  const here = world()
  here.snapshot(['192.0.2.10 2001:db8::10'])
  here.clock.advance(5_000)
  here.kernel.takes = 0
  here.asks('eth0', '192.0.2.10')
  here.solicits('eth0', '2001:db8::10')
  here.clock.advance(5_000)
  assert.deepEqual(counts(here), { '192.0.2.10': [1, 0, 10], '2001:db8::10': [1, 0, 5] })
})

test('counts outlive the link they were made on', () => {
  const here = world([link('eth0'), link('eth1')])
  here.snapshot(['192.0.2.10'])
  here.clock.advance(5_000)
  here.asks('eth0', '192.0.2.10')
  here.l2.links([link('eth1')])
  here.asks('eth1', '192.0.2.10')
  here.clock.advance(5_000)
  assert.deepEqual(counts(here), { '192.0.2.10': [2, 2, 20] })
})

test('counts of an address that another node has now are forgotten', () => {
  const here = world([link('eth0', { mac: mac('77'), addresses: [linkLocal] })])
  here.snapshot(['192.0.2.10'])
  here.clock.advance(5_000)
  here.asks('eth0', '192.0.2.10')
  here.snapshot(['192.0.2.11'])
  here.snapshot(['192.0.2.10'])
  here.clock.advance(5_000)
  assert.deepEqual(counts(here)['192.0.2.10'], [0, 0, 10])
})
