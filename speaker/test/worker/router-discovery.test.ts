import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { presence, routerAdvertisementFrame, routerSolicitationFrame } from '@loadstone/ndp/routers'
import { SimClock } from '@loadstone/sim'
import { decodeExactly, encodeToBytes, WireError } from '@loadstone/wire'
import type { FoundRouters, WorkerEvent } from '../../src/messages/messages'
import type { SocketEvents } from '../../src/worker/l2-interfaces'
import type { LinkState } from '../../src/worker/links'
import { RouterDiscovery } from '../../src/worker/router-discovery'
import { ip } from '../builders'
import { link, linkLocal, mac } from '../sim/l2-world'

type Sent = { readonly at: number; readonly on: string; readonly what: 'asks' | 'says'; readonly frame: Uint8Array }

/** RouterDiscovery whose sockets keep the frames given to send(). */
function world(links: readonly LinkState[] = [link('eth1')]) {
  const clock = new SimClock()
  const posted: WorkerEvent[] = []
  const sent: Sent[] = []
  const sockets = new Map<number, SocketEvents>()
  const counters: Record<string, number> = {}
  let refused = false
  const discovery = new RouterDiscovery({
    clock,
    random: () => 0.5,
    count: (what, by) => {
      counters[what] = (counters[what] ?? 0) + by
    },
    post: (message) => posted.push(message),
    open: (index, on) => {
      if (refused) return { problem: 'the process needs CAP_NET_RAW' }
      assert.ok(!sockets.has(index), `link ${index} has two sockets`)
      sockets.set(index, on)
      return {
        send: (frames) => {
          for (const frame of frames) sent.push({ at: clock.now(), on: `eth${index - 2}`, what: kindOf(frame), frame })
          return frames.length
        },
        close: () => void sockets.delete(index),
      }
    },
  })
  discovery.links(links)
  const times = (what: Sent['what']) => sent.filter((one) => one.what === what).map(({ at }) => at)
  const found = (): readonly FoundRouters[] => posted.flatMap((message) => (message.is === 'routers' ? [message.found] : [])).at(-1) ?? []
  /** A router advertisement arrives on eth1. */
  const hears = (address: string, { lifetimeSeconds = 30, from = mac('77') } = {}) => {
    const { packet, ...frame } = presence({ mac: from, linkLocal: ip(address) })
    const said = { ...frame, packet: { ...packet, message: { ...packet.message, lifetimeSeconds } } }
    sockets.get(3)?.frames([encodeToBytes(routerAdvertisementFrame, said, 'ra')])
  }
  const refuse = (is: boolean): void => {
    refused = is
  }
  return { clock, discovery, sent, times, found, hears, posted, sockets, counters, refuse }
}
const kindOf = (frame: Uint8Array): Sent['what'] => {
  try {
    decodeExactly(routerSolicitationFrame, frame, 'rs')
    return 'asks'
  } catch (error) {
    if (!(error instanceof WireError)) throw error
    return 'says'
  }
}
const awaited = [{ name: 'eth1', awaited: true }]
const settled = [{ name: 'eth1', awaited: false }]
const on = (more: Partial<FoundRouters> = {}): readonly FoundRouters[] => [{ interface: 'eth1', routers: [], ...more }]

describe('asking', () => {
  test('RFC 4861 §6.3.7: at once, and again after 4 and 8 s while nobody answers', () => {
    const { clock, discovery, times } = world()
    discovery.reconcile(awaited)
    clock.advance(60_000)
    assert.deepEqual(times('asks'), [0, 4_000, 8_000])
  })

  test('no oftener because the same is wanted again', () => {
    const { clock, discovery, times } = world()
    for (let second = 0; second < 30; second++) {
      discovery.reconcile(awaited)
      clock.advance(1_000)
    }
    assert.deepEqual([times('asks'), times('says')], [[0, 4_000, 8_000], [0, 8_750, 17_500, 26_250]]) // biome-ignore format: one line
  })

  test('no more once a router is heard', () => {
    const { clock, discovery, times, hears } = world()
    discovery.reconcile(awaited)
    clock.advance(1_000)
    hears('fe80::77')
    clock.advance(60_000)
    assert.deepEqual(times('asks'), [0])
  })

  test('anew when a session that was up awaits its router, and never sooner than 4 s after the last time', () => {
    const { clock, discovery, times, hears } = world()
    discovery.reconcile(awaited)
    clock.advance(1_000)
    hears('fe80::77')
    for (let flap = 0; flap < 20; flap++) {
      discovery.reconcile(settled)
      clock.advance(100)
      discovery.reconcile(awaited)
      clock.advance(400)
    }
    assert.deepEqual(times('asks').slice(0, 2), [0, 4_000])
    assert.ok(times('asks').every((at, i, all) => i === 0 || at - (all[i - 1] ?? 0) >= 4_000))
  })
})

describe('saying that we are here', () => {
  test('from our link-local address, as nobody’s default router', () => {
    const { clock, discovery, sent } = world()
    discovery.reconcile(awaited)
    clock.advance(0)
    const said = sent.find(({ what }) => what === 'says')
    assert.deepEqual(decodeExactly(routerAdvertisementFrame, said!.frame, 'ra'), presence({ mac: mac('01'), linkLocal: linkLocal.ip }))
  })

  test('at once and every 10 s at most while a router is awaited, since it may have forgotten us', () => {
    const { clock, discovery, times } = world()
    discovery.reconcile(awaited)
    clock.advance(40_000)
    assert.deepEqual(times('says'), [0, 8_750, 17_500, 26_250, 35_000])
  })

  test('at once to a router that appears, which cannot have heard us before, but no sooner than 3 s after the last time', () => {
    const { clock, discovery, times, hears } = world()
    discovery.reconcile(awaited)
    clock.advance(5_000)
    hears('fe80::77')
    clock.advance(100)
    hears('fe80::78')
    for (let i = 0; i < 5; i++) hears('fe80::77')
    clock.advance(5_000)
    assert.deepEqual(times('says'), [0, 5_000, 8_000])
  })

  test('RFC 4861 §6.2.4: three times within 16 s each, then seldom, when no session waits', () => {
    const { clock, discovery, times } = world()
    discovery.reconcile(settled)
    clock.advance(900_000)
    assert.deepEqual(times('says'), [0, 14_000, 28_000, 428_000, 828_000])
  })

  test('RFC 4861 §10: at once when a session falls, and never sooner than 3 s after the last time', () => {
    const { clock, discovery, times } = world()
    discovery.reconcile(settled)
    clock.advance(100_000)
    discovery.reconcile(awaited)
    clock.advance(500)
    assert.equal(times('says').at(-1), 100_000)
    discovery.reconcile(settled)
    discovery.reconcile(awaited)
    clock.advance(4_000)
    assert.deepEqual(times('says').slice(-2), [100_000, 103_000])
  })

  test('no more once the interface is watched no longer', () => {
    const { clock, discovery, sent, sockets } = world()
    discovery.reconcile(awaited)
    clock.advance(100)
    discovery.reconcile([])
    const before = sent.length
    clock.advance(100_000)
    assert.deepEqual([sent.length, sockets.size], [before, 0])
  })
})

describe('what was found is told whenever it changes, and only then', () => {
  test('a router that is heard, several, and one that falls silent', () => {
    const { clock, discovery, hears, found, posted } = world()
    discovery.reconcile(awaited)
    assert.deepEqual(found(), on())
    hears('fe80::77')
    assert.deepEqual(found(), on({ routers: [ip('fe80::77')] }))
    const before = posted.length
    for (let i = 0; i < 3; i++) hears('fe80::77')
    assert.equal(posted.length, before)
    clock.advance(10_000)
    hears('fe80::11', { lifetimeSeconds: 0 })
    assert.deepEqual(found(), on({ routers: [ip('fe80::11'), ip('fe80::77')] }))
    clock.advance(20_000)
    assert.deepEqual(found(), on({ routers: [ip('fe80::11')] }), 'after 30 s by itself')
  })

  test('what this node itself sends is no router', () => {
    const { discovery, hears, found, counters } = world()
    discovery.reconcile(awaited)
    hears('fe80::77', { from: mac('01') })
    assert.deepEqual([found(), counters['routers own-frame']], [on(), 1])
  })

  test('a flood costs no more than fifty frames a second', () => {
    const { clock, discovery, hears, counters } = world()
    discovery.reconcile(awaited)
    for (let i = 0; i < 200; i++) hears('fe80::77')
    assert.deepEqual([counters['routers heard'], counters['routers too-many']], [50, 150])
    clock.advance(1_000)
    hears('fe80::77')
    assert.equal(counters['routers heard'], 51)
  })

  test('an interface that is not watched says nothing', () => {
    const { posted } = world()
    assert.deepEqual(posted, [])
  })
})

const unfit: readonly (readonly [string, LinkState | undefined, RegExp])[] = [
  ['is absent', undefined, /^this node has no interface eth1: correct the BGPPeer, or limit it by nodeSelectors$/],
  ['is down', link('eth1', { up: false, running: false }), /^interface eth1 is down$/],
  ['has no carrier', link('eth1', { running: false }), /^interface eth1 has no carrier$/],
  ['has no IPv6', link('eth1', { addresses: [] }), /^interface eth1 has no usable IPv6 link-local address/],
  ['has an address that is being detected', link('eth1', { addresses: [{ ...linkLocal, tentative: true }] }), /no usable IPv6 link-local/],
  ['is no Ethernet', link('eth1', { flags: { broadcast: false, loopback: false, noArp: true } }), /^interface eth1 is no Ethernet link/],
]

describe('an interface on which no router can be found is named', () => {
  test.each(unfit)('that %s', (_, seen, sentence) => {
    const { clock, discovery, found, sent, hears } = world([link('eth0'), ...(seen === undefined ? [] : [seen])])
    discovery.reconcile(awaited)
    clock.advance(1_000)
    assert.match(found()[0]?.problem ?? '', sentence)
    assert.deepEqual(sent, [])
    discovery.links([link('eth1')])
    hears('fe80::77')
    assert.deepEqual(found(), on({ routers: [ip('fe80::77')] }), 'and forgiven')
  })

  test('that belongs to a VRF or a bond serves all the same', () => {
    const { discovery, found } = world([link('eth1', { master: 9 })])
    discovery.reconcile(awaited)
    assert.deepEqual(found(), on())
  })

  test('whose socket cannot be opened, which is tried again', () => {
    const { clock, discovery, found, refuse } = world()
    refuse(true)
    discovery.reconcile(awaited)
    assert.deepEqual(found(), on({ problem: 'interface eth1: the process needs CAP_NET_RAW' }))
    refuse(false)
    clock.advance(1_000)
    assert.deepEqual(found(), on())
  })
})

test('a link that was away, or is another one now, is asked anew and its routers are forgotten', () => {
  const { clock, discovery, hears, found, times } = world()
  discovery.reconcile(awaited)
  hears('fe80::77')
  clock.advance(20_000)
  discovery.links([link('eth1', { running: false })])
  discovery.links([link('eth1')])
  assert.deepEqual(found(), on())
  clock.advance(0)
  assert.equal(times('asks').at(-1), 20_000)
  hears('fe80::77')
  discovery.links([link('eth1', { addresses: [{ ...linkLocal, ip: ip('fe80::6') }] })])
  assert.deepEqual(found(), on())
  hears('fe80::77')
  discovery.links([
    link('eth1', {
      addresses: [
        { ...linkLocal, ip: ip('fe80::6') },
        { ...linkLocal, ip: ip('2001:db8::1'), scope: 'global' },
      ],
    }),
  ])
  assert.deepEqual(found(), on({ routers: [ip('fe80::77')] }), 'another address of the link does not matter')
})
