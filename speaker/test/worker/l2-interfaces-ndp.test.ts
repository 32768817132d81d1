import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { ip } from '../builders'
import { link, linkLocal, mac, ndp, world } from '../sim/l2-world'

test('an owned IPv6 address is answered for by NDP with the link’s own MAC, another is not', () => {
  const { snapshot, solicits, asks } = world()
  snapshot(['2001:db8::10', '192.0.2.10'])
  assert.deepEqual(solicits('eth0', '2001:db8::10'), ['2001:db8::10 is at 02:00:5e:10:00:00'])
  assert.deepEqual(solicits('eth0', '2001:db8::11'), [])
  assert.equal(asks('eth0', '192.0.2.10').length, 1)
})

test('RFC 4861 §7.2.6: a new owner advertises at once and every 1.1 s for 5 s, with Override, to all nodes', () => {
  const { clock, snapshot, drain } = world()
  snapshot(['2001:db8::10'])
  const times: number[] = []
  for (let now = 0; now <= 20_000; now += 100) {
    for (const { frame } of drain()) {
      const { destination, source, message } = ndp(frame).packet
      assert.deepEqual(
        [destination, source, message.target, message.flags.override, message.flags.solicited],
        ['ff02::1', 'fe80::5', '2001:db8::10', 1, 0],
      )
      times.push(now)
    }
    clock.advance(100)
  }
  assert.deepEqual(times, [0, 1_100, 2_200, 3_300, 4_400])
})

test('the groups that questions for its addresses go to are joined, and left with them', () => {
  const { snapshot, memberships } = world()
  snapshot(['2001:db8::10', '2001:db8::11'])
  assert.deepEqual([...memberships.keys()], ['eth0 2001:db8::10', 'eth0 2001:db8::11'])
  snapshot(['2001:db8::11'])
  assert.deepEqual([...memberships.keys()], ['eth0 2001:db8::11'])
})

test('a link without a link-local address answers ARP only, and NDP as soon as it has one', () => {
  const { l2, snapshot, solicits, asks, announced, of } = world([link('eth0', { addresses: [] })])
  snapshot(['2001:db8::10', '192.0.2.10'])
  assert.deepEqual([solicits('eth0', '2001:db8::10').length, asks('eth0', '192.0.2.10').length], [0, 1])
  assert.deepEqual(of('interfaces').at(-1)?.interfaces[0]?.answers, ['ipv4'])
  announced()
  l2.links([link('eth0', { addresses: [linkLocal] })])
  assert.deepEqual(announced(), ['eth0 2001:db8::10']) // and ARP goes on undisturbed
  assert.equal(solicits('eth0', '2001:db8::10').length, 1)
  assert.deepEqual(of('interfaces').at(-1)?.interfaces[0]?.answers, ['ipv4', 'ipv6'])
})

test('a link whose link-local address changed answers from the new one', () => {
  const { l2, snapshot, drain } = world()
  snapshot(['2001:db8::10'])
  drain()
  l2.links([link('eth0', { addresses: [{ ...linkLocal, ip: ip('fe80::77') }] })])
  assert.deepEqual(drain().map(({ frame }) => ndp(frame).packet.source), ['fe80::77']) // biome-ignore format: one line
})

test('a link whose carrier is back advertises its IPv6 addresses again', () => {
  const { clock, l2, snapshot, announced } = world()
  snapshot(['2001:db8::10'])
  clock.advance(60_000)
  l2.links([link('eth0', { running: false })])
  announced()
  l2.links([link('eth0')])
  assert.deepEqual(announced(), ['eth0 2001:db8::10'])
})

test('RFC 4862 §5.4.4: a stranger’s advertisement of an owned address is a conflict, and is answered once', () => {
  const { clock, l2, snapshot, hears, of, announced } = world()
  snapshot(['2001:db8::10'])
  clock.advance(60_000)
  hears('eth0', '2001:db8::10', mac('99'))
  assert.deepEqual(of('conflict'), [{ is: 'conflict', address: '2001:db8::10', mac: mac('99'), on: 'eth0' }])
  announced()
  for (let i = 0; i < 3; i++) l2.defend(of('conflict')[0]!.address)
  assert.deepEqual(announced(), ['eth0 2001:db8::10'])
})
