import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { Ip } from '@loadstone/ip'
import { SimClock } from '@loadstone/sim'
import type { WorkerEvent } from '../../src/messages/messages'
import { L2Interfaces } from '../../src/worker/l2-interfaces'
import type { LinkState } from '../../src/worker/links'
import { ip } from '../builders'
import { arp, link, linkLocal, mac, world } from '../sim/l2-world'

test('an owned address is answered for with the link’s own MAC, another is not', () => {
  const { snapshot, asks } = world()
  snapshot(['192.0.2.10'])
  assert.deepEqual(asks('eth0', '192.0.2.10'), ['192.0.2.10 is at 02:00:5e:10:00:00'])
  assert.deepEqual(asks('eth0', '192.0.2.11'), [])
})

test('an address with interfaces is answered for on those alone; one without on every link that is not excluded', () => {
  const { snapshot, asks, sockets } = world([link('eth0'), link('eth1'), link('eth2')])
  snapshot([{ addresses: [ip('192.0.2.10')], interfaces: ['eth1'] }, '192.0.2.11'], ['^eth2$'])
  const answers = ['eth0', 'eth1', 'eth2'].map((name) => [asks(name, '192.0.2.10').length, asks(name, '192.0.2.11').length])
  assert.deepEqual(answers, [[0, 1], [1, 1], [0, 0]]) // biome-ignore format: one line
  assert.deepEqual(
    [...sockets.keys()].filter((key) => key.endsWith('ipv4')),
    ['eth0 ipv4', 'eth1 ipv4'],
  )
})

test('a new owner announces at once and every 1.1 s for 5 s, as request and reply; then never again', () => {
  const { clock, snapshot, drain } = world()
  snapshot(['192.0.2.10'])
  const times: number[] = []
  for (let now = 0; now <= 60_000; now += 100) {
    const frames = drain()
    if (frames.length > 0) times.push(now)
    if (now === 0) assert.deepEqual(frames.map(({ frame }) => arp(frame)).map(({ operation, senderIp, senderMac, destination }) => [operation, senderIp, senderMac, destination]), [
        [1, '192.0.2.10', '02:00:5e:10:00:00', 'ff:ff:ff:ff:ff:ff'],
        [2, '192.0.2.10', '02:00:5e:10:00:00', 'ff:ff:ff:ff:ff:ff'],
      ]) // biome-ignore format: two frames
    clock.advance(100)
  }
  assert.deepEqual(times, [0, 1_100, 2_200, 3_300, 4_400])
})

test('what was owned before is not announced again because something else came', () => {
  const { clock, snapshot, announced } = world()
  snapshot(['192.0.2.10'])
  clock.advance(60_000)
  announced()
  snapshot(['192.0.2.10', '192.0.2.11'])
  assert.deepEqual(announced(), ['eth0 192.0.2.11'])
})

test('an address that is given up is silent at once: neither answered for nor announced, nor taken back', () => {
  const { clock, snapshot, announced, drain, asks } = world()
  snapshot(['192.0.2.10'])
  announced()
  snapshot([])
  assert.deepEqual(asks('eth0', '192.0.2.10'), [])
  clock.advance(60_000)
  assert.deepEqual(drain(), [])
})

test('a link that lost its carrier announces all that it owns when the carrier is back', () => {
  const { clock, l2, snapshot, announced, asks } = world()
  snapshot(['192.0.2.10', '192.0.2.11'])
  clock.advance(60_000)
  announced()
  l2.links([link('eth0', { running: false })])
  clock.advance(5_000)
  assert.deepEqual(announced(), [])
  l2.links([link('eth0')])
  assert.deepEqual(announced(), ['eth0 192.0.2.10', 'eth0 192.0.2.11'])
  assert.equal(asks('eth0', '192.0.2.10').length, 1)
})

test('a link that is taken down, removed or gets another MAC is closed, and opened and announced on when it is back', () => {
  const away: readonly (readonly LinkState[])[] = [[link('eth0', { up: false })], [], [link('eth0', { mac: mac('77') })]]
  for (const links of away) {
    const { clock, l2, snapshot, announced, asks } = world()
    snapshot(['192.0.2.10'])
    clock.advance(60_000)
    l2.links(links)
    announced()
    l2.links([link('eth0')])
    assert.deepEqual(announced(), ['eth0 192.0.2.10'])
    assert.deepEqual(asks('eth0', '192.0.2.10'), ['192.0.2.10 is at 02:00:5e:10:00:00'])
  }
})

test('a snapshot is applied once the links are known, and not before', () => {
  const { l2, snapshot, of } = world([])
  snapshot(['192.0.2.10'])
  assert.deepEqual(of('applied').map(({ serial }) => serial), [1]) // biome-ignore format: one line
  const clock = new SimClock()
  const posted: WorkerEvent[] = []
  const blind = new L2Interfaces({ clock, post: (message) => posted.push(message), open: () => ({ problem: '' }) })
  blind.reconcile({ is: 'snapshot', serial: 1, groups: [], excludeInterfaces: [] })
  assert.deepEqual(posted, [])
  blind.links([])
  assert.deepEqual(posted.map(({ is }) => is), ['devices', 'interfaces', 'applied']) // biome-ignore format: one line
  for (const one of [l2, blind]) one.close()
})

test('a socket that cannot be opened is named with its link, and tried again', () => {
  const { clock, l2, snapshot, refused, of, asks } = world([])
  refused.add('eth0')
  l2.links([link('eth0')])
  snapshot(['192.0.2.10'])
  assert.equal(of('interfaces').at(-1)?.interfaces[0]?.problem, 'the process needs CAP_NET_RAW')
  refused.clear()
  clock.advance(1_000)
  assert.equal(of('interfaces').at(-1)?.interfaces[0]?.problem, undefined)
  assert.equal(asks('eth0', '192.0.2.10').length, 1)
})

test('interfaces are told when they change, and only then', () => {
  const { l2, of } = world()
  const addresses = [linkLocal, { ip: ip('192.0.2.5'), length: 64, scope: 'global', tentative: false }]
  for (let i = 0; i < 3; i++) l2.links([link('eth0', { addresses })])
  assert.deepEqual(
    of('interfaces').map(({ interfaces }) => interfaces),
    [[], ['192.0.2.5']].map((list) => [{ name: 'eth0', mac: mac('00'), up: true, addresses: list as Ip[], answers: ['ipv4', 'ipv6'] }]),
  )
})

test('RFC 5227 §2.4: a stranger’s claim of an owned address is a conflict; ours, and of other addresses, is none', () => {
  const { snapshot, hears, of } = world()
  snapshot(['192.0.2.10'])
  hears('eth0', '192.0.2.10', mac('00'))
  hears('eth0', '192.0.2.11', mac('99'))
  assert.deepEqual(of('conflict'), [])
  hears('eth0', '192.0.2.10', mac('99'))
  assert.deepEqual(of('conflict')[0], { is: 'conflict', address: '192.0.2.10', mac: mac('99'), on: 'eth0' })
})

test('RFC 5227 §2.4 (c): an address is defended once in ten seconds, on every link that owns it', () => {
  const { clock, l2, snapshot, announced } = world([link('eth0'), link('eth1')])
  snapshot(['192.0.2.10', { addresses: [ip('192.0.2.11')], interfaces: ['eth1'] }])
  clock.advance(60_000)
  announced()
  for (let i = 0; i < 5; i++) l2.defend(ip('192.0.2.11'))
  assert.deepEqual(announced(), ['eth1 192.0.2.11'])
  clock.advance(10_000)
  l2.defend(ip('192.0.2.11'))
  assert.deepEqual(announced(), ['eth1 192.0.2.11'])
  l2.defend(ip('192.0.2.77'))
  assert.deepEqual(announced(), [])
})

test('thousands of addresses are announced a few at a time, and questions are answered between', () => {
  const { clock, snapshot, announced, asks } = world()
  const many = Array.from({ length: 2_000 }, (_, i) => `10.0.${i >> 8}.${i & 255}`)
  snapshot([{ addresses: many.map(ip) }])
  const first = announced().length
  assert.ok(first > 0 && first <= 200, `${first} at once`)
  assert.equal(asks('eth0', '10.0.7.1').length, 1)
  let all = first
  for (let i = 0; i < 500; i++) {
    clock.advance(1)
    all += announced().length
  }
  assert.equal(all, 2_000)
})

test('what became of frames is counted by reason', () => {
  const { clock, snapshot, asks, sockets, of } = world()
  snapshot(['192.0.2.10'])
  asks('eth0', '192.0.2.10')
  asks('eth0', '192.0.2.11')
  sockets.get('eth0 ipv4')?.frames([new Uint8Array(9)])
  clock.advance(60_000)
  const { counters } = of('counters')[0]!
  assert.deepEqual(
    [counters['ipv4 replied'], counters['ipv4 not-announced'], counters['ipv4 malformed'], counters['ipv4 announced']],
    [1, 1, 1, 10],
  )
})
