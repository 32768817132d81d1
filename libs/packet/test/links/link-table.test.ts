import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { type Ip, parseIp } from '@loadstone/ip'
import { type Event, emptyTable, linksOf, type Step, step } from '../../src/links/link-table'
import type { LinkAddress, LinkInfo } from '../../src/links/rtnetlink'

const flags = { broadcast: true, loopback: false, pointToPoint: false, noArp: false, multicast: true }
const link = (index: number, more: Partial<LinkInfo> = {}): Event => ({
  is: 'link',
  link: { index, name: `eth${index}`, up: true, running: true, flags, ...more },
})
const address = (text: string): LinkAddress => ({ ip: parseIp(text) as Ip, length: 24, scope: 'global', tentative: false })
const added = (index: number, text: string): Event => ({ is: 'address', index, address: address(text) })
const removed = (index: number, text: string): Event => ({ is: 'address-gone', index, address: address(text) })
const done: Event = { is: 'done', interrupted: false }

const run = (...all: readonly Event[]): Step & { readonly asked: readonly string[] } =>
  all.reduce<Step & { readonly asked: readonly string[] }>(
    ({ table, asked }, event) => {
      const next = step(table, event)
      return { ...next, asked: next.ask === undefined ? asked : [...asked, next.ask] }
    },
    { table: emptyTable, asked: [] },
  )
const seen = (...all: readonly Event[]): readonly string[] =>
  linksOf(run(...all).table).map(({ name, addresses }) => [name, ...addresses.map(({ ip }) => ip)].join(' '))

describe('the table is current', () => {
  test('after the links, then the addresses were dumped, one after the other', () => {
    assert.equal(run(link(1)).table.phase, 'links')
    assert.deepEqual(run(link(1), done).asked, ['addresses'])
    assert.equal(run(link(1), done, added(1, '192.0.2.1'), done).table.phase, 'current')
    assert.deepEqual(seen(link(2), link(1), done, added(1, '192.0.2.1'), done), ['eth1 192.0.2.1', 'eth2'])
  })

  test.each<readonly [string, Event]>([
    ['the table changed during the dump', { is: 'done', interrupted: true }],
    ['events were lost during the dump', { is: 'lost' }],
    ['a datagram was malformed', { is: 'malformed' }],
  ])('only after a second dump when %s', (_, event) => {
    const first = event.is === 'done' ? [link(1), event, done] : [link(1), event, done, done]
    assert.deepEqual(run(...first).asked, ['addresses', 'links'])
    assert.deepEqual(seen(...first), [])
    assert.equal(run(...first, link(1), done, done).table.phase, 'current')
  })

  test('again after a new dump, when an event was lost later', () => {
    const lost = run(link(1), done, done, { is: 'lost' })
    assert.deepEqual([lost.ask, lost.table.phase], ['links', 'links'])
  })
})

describe('an event changes the table', () => {
  const start = [link(1), link(2), done, added(1, '192.0.2.1'), done] as const

  test('a link goes with its addresses', () => assert.deepEqual(seen(...start, { is: 'link-gone', index: 1 }), ['eth2']))
  test('an index that is used again starts without addresses', () =>
    assert.deepEqual(seen(...start, { is: 'link-gone', index: 1 }, link(1)), ['eth1', 'eth2']))
  test('a link changes its name and keeps its addresses', () =>
    assert.deepEqual(seen(...start, link(1, { name: 'lan' })), ['lan 192.0.2.1', 'eth2']))
  test('an address is added, replaced and removed', () => {
    assert.deepEqual(seen(...start, added(2, '192.0.2.2'), added(2, '192.0.2.2')), ['eth1 192.0.2.1', 'eth2 192.0.2.2'])
    assert.deepEqual(seen(...start, removed(1, '192.0.2.1')), ['eth1', 'eth2'])
    assert.deepEqual(seen(...start, removed(1, '192.0.2.9')), ['eth1 192.0.2.1', 'eth2'])
  })
  test('an address may come before its link', () => assert.deepEqual(seen(added(3, '192.0.2.3'), link(3)), ['eth3 192.0.2.3']))
  test('a refusal changes nothing', () => assert.deepEqual(seen(...start, { is: 'refused', negativeErrno: -1 }), seen(...start)))
})
