import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { allocate } from '../../src/allocate/allocate'
import type { Outcome } from '../../src/allocate/outcome'
import { resolve } from '../../src/config/resolve'
import { memoryAnnotation, poolAnnotation, summaryAnnotation } from '../../src/model/annotations'
import { observeAll, SimCluster } from '../cluster/sim-cluster'
import { type ApiObject as Api, dualStack, endpoints, l2, node, pool, service, withIps } from '../objects'

/** What stands, stays: faults O6 to O12 and O25 of an audit, each as its kind. */
const shared = { 'metallb.io/allow-shared-ip': 'k' }
const udp = { ports: [{ port: 53, protocol: 'UDP' }] }
const lan = pool('lan', ['192.0.2.10-192.0.2.19'])
const cluster = (...objects: readonly Api[]): SimCluster =>
  new SimCluster([l2(), endpoints('default/b', ['n1']), ...objects]).addNodes(node('n1')).settle()
/** The same object with these annotations in place of those its user gave. */
const annotate = (api: Api, annotations: Record<string, string>): Api => ({ ...api, metadata: { ...api.metadata, annotations } })
const allocated = (c: SimCluster, name: string) => c.condition('Service', name, 'loadstone.dev/Allocated')
const outcomeOf = (name: string, ...objects: readonly Api[]): Outcome => {
  const world = observeAll(objects)
  return allocate(world, resolve(world, undefined)).outcomes.get(`default/${name}`)!
}
const given = (outcome: Outcome): string =>
  outcome.kind === 'assigned' ? outcome.ips.join() : outcome.kind === 'refused' ? outcome.why.reason : outcome.kind

describe('of Services that share an address', () => {
  const [older, younger] = [
    service('older', {}, { annotations: shared }),
    service('younger', udp, { annotations: shared, creationTimestamp: '2026-05-01T00:00:00Z' }),
  ]

  test('the one that is edited yields, though it is the older; the other keeps what it has', () => {
    const c = cluster(lan, older, younger)
    assert.deepEqual([c.ips('older'), c.ips('younger')], [['192.0.2.10'], ['192.0.2.10']])
    c.put(annotate(older, { 'metallb.io/allow-shared-ip': 'other' }))
    c.pass()
    assert.deepEqual([c.ips('older'), allocated(c, 'older').reason], [['192.0.2.10'], 'ReleasePending'])
    c.settle()
    assert.deepEqual([c.ips('older'), c.ips('younger')], [['192.0.2.11'], ['192.0.2.10']])
  })

  test.each([
    [older, younger],
    [younger, older],
  ])('both may change their key, one after the other, in any order', (first, second) => {
    const c = cluster(lan, older, younger)
    c.put(annotate(first, { 'metallb.io/allow-shared-ip': 'other' }))
    c.pass()
    c.nowSeconds += 8
    c.put(annotate(second, { 'metallb.io/allow-shared-ip': 'other' }))
    c.settle()
    assert.deepEqual([c.ips('older'), c.ips('younger')], [['192.0.2.10'], ['192.0.2.10']])
  })

  test('two Local ones of two namespaces do not begin to share, whatever their selectors: their pods are not the same', () => {
    const local = { externalTrafficPolicy: 'Local', selector: { app: 'x' } }
    const holder = withIps(service('a', local, { annotations: shared, namespace: 'default' }), ['192.0.2.10'], 'lan')
    const newcomer = service('b', { ...local, ...udp }, { annotations: shared, namespace: 'other' })
    const world = observeAll([lan, holder, newcomer])
    const { outcomes } = allocate(world, resolve(world, undefined))
    assert.deepEqual([given(outcomes.get('default/a')!), given(outcomes.get('other/b')!)], ['192.0.2.10', '192.0.2.11'])
  })

  test('nor by name', () => {
    const local = { externalTrafficPolicy: 'Local', selector: { app: 'x' } }
    const holder = withIps(service('a', local, { annotations: shared, namespace: 'default' }), ['192.0.2.10'], 'lan')
    const newcomer = service('b', { ...local, ...udp, loadBalancerIP: '192.0.2.10' }, { annotations: shared, namespace: 'other' })
    const world = observeAll([lan, holder, newcomer])
    assert.equal(given(allocate(world, resolve(world, undefined)).outcomes.get('other/b')!), 'AddressInUse')
  })

  test('two Local ones of two namespaces that share already, as MetalLB lets them, go on', () => {
    const local = { externalTrafficPolicy: 'Local', selector: { app: 'x' } }
    const a = withIps(service('a', local, { annotations: shared, namespace: 'default' }), ['192.0.2.10'], 'lan')
    const b = withIps(service('b', { ...local, ...udp }, { annotations: shared, namespace: 'other' }), ['192.0.2.10'], 'lan')
    const world = observeAll([lan, a, b])
    const { outcomes } = allocate(world, resolve(world, undefined))
    assert.deepEqual([given(outcomes.get('default/a')!), given(outcomes.get('other/b')!)], ['192.0.2.10', '192.0.2.10'])
  })
})

describe('what concerns one family', () => {
  const both = pool('both', ['192.0.2.10-192.0.2.19', '2001:db8::10-2001:db8::19'])

  test('leaves the other alone: SingleStack becomes RequireDualStack, the IPv4 address stays, IPv6 is added', () => {
    const c = cluster(both, service('first'), service('s'))
    assert.deepEqual(c.ips('s'), ['192.0.2.11'])
    c.put(service('s', dualStack('RequireDualStack')))
    c.remove('Service/default/first')
    c.settle()
    assert.deepEqual(c.ips('s'), ['192.0.2.11', '2001:db8::10'])
  })

  test('and back: the IPv6 address goes, the IPv4 address stays', () => {
    const c = cluster(both, service('first'), service('s', dualStack('RequireDualStack')))
    c.remove('Service/default/first')
    c.put(service('s'))
    c.settle()
    assert.deepEqual(c.ips('s'), ['192.0.2.11'])
  })

  test('a family that its pool does not have is missing, and costs nothing', () => {
    const c = cluster(lan, service('s'))
    c.put(service('s', dualStack('RequireDualStack')))
    c.settle()
    assert.deepEqual([c.ips('s'), allocated(c, 's').reason], [['192.0.2.10'], 'FamilyMissing'])
  })

  test('a range of one family that leaves the pool costs that family only, and only after the grace time', () => {
    const c = cluster(both, service('s', dualStack('PreferDualStack')))
    c.put(pool('both', ['192.0.2.10-192.0.2.19', '2001:db8:1::10-2001:db8:1::19']))
    c.pass()
    assert.deepEqual(c.ips('s'), ['192.0.2.10', '2001:db8::10'])
    c.settle()
    assert.deepEqual(c.ips('s'), ['192.0.2.10', '2001:db8:1::10'])
  })

  test('a family keeps its address also where the pool has a lower one that is free', () => {
    const c = cluster(both, service('first', dualStack('PreferDualStack')), service('s', dualStack('PreferDualStack')))
    c.remove('Service/default/first')
    c.put(pool('both', ['192.0.2.10-192.0.2.19', '2001:db8:1::10-2001:db8:1::19']))
    c.settle()
    assert.deepEqual(c.ips('s'), ['192.0.2.11', '2001:db8:1::10'])
  })

  test('of two addresses of one family in a status the first stays', () => {
    assert.equal(given(outcomeOf('s', lan, withIps(service('s'), ['192.0.2.12', '192.0.2.13'], 'lan'))), '192.0.2.12')
  })

  test('an entry of the status that is no address of ours goes, and the others stay', () => {
    const c = cluster(lan, service('first'), service('s'))
    c.remove('Service/default/first')
    const s = c.get('Service', 's')
    c.put({ ...s, status: { ...s.status, loadBalancer: { ingress: [{ hostname: 'elsewhere.example' }, { ip: '192.0.2.11' }] } } })
    c.settle()
    assert.deepEqual(c.ips('s'), ['192.0.2.11'])
  })

  test('PreferDualStack that asks for the one address it has is content with it: no second one, no complaint', () => {
    const s = withIps(service('s', { ...dualStack('PreferDualStack'), loadBalancerIP: '192.0.2.12' }), ['192.0.2.12'], 'both')
    assert.deepEqual(outcomeOf('s', both, s), { kind: 'assigned', ips: ['192.0.2.12'], pool: 'both' })
  })

  test('PreferDualStack with one address and a malformed request hears of the request', () => {
    const annotations = { 'metallb.io/loadBalancerIPs': 'ten' }
    const outcome = outcomeOf('s', both, withIps(service('s', dualStack('PreferDualStack'), { annotations }), ['192.0.2.12'], 'both'))
    assert.ok(outcome.kind === 'assigned')
    assert.deepEqual([outcome.ips, outcome.shortfall?.reason], [['192.0.2.12'], 'RequestMalformed'])
  })
})

describe('a pool', () => {
  const scattered = (): SimCluster => {
    const c = cluster(lan, service('a'), service('b'), service('c'))
    c.remove('Service/default/a')
    return c.settle()
  }

  test('that is deleted and created anew costs nobody anything', () => {
    const c = scattered()
    c.remove('IPAddressPool/metallb-system/lan')
    c.pass()
    assert.deepEqual([c.ips('b'), allocated(c, 'b').reason], [['192.0.2.11'], 'ReleasePending'])
    assert.equal(c.decide().requeueAfterSeconds, 9, 'a pass when the grace time is over, though nothing changes')
    c.nowSeconds += 7
    c.put(lan)
    c.settle()
    assert.deepEqual([c.ips('b'), c.ips('c'), allocated(c, 'b').reason], [['192.0.2.11'], ['192.0.2.12'], 'Allocated'])
  })

  test('that is gone for longer gives back the same addresses when it returns', () => {
    const c = scattered()
    c.remove('IPAddressPool/metallb-system/lan')
    c.settle()
    assert.deepEqual(c.ips('b'), [])
    c.put(lan)
    c.settle()
    assert.deepEqual([c.ips('b'), c.ips('c')], [['192.0.2.11'], ['192.0.2.12']])
  })

  test('that is gone is announced from until the grace time is over', () => {
    const c = scattered()
    c.remove('IPAddressPool/metallb-system/lan')
    c.pass()
    assert.deepEqual(c.entry('192.0.2.11').candidates, ['n1'])
    c.settle()
    assert.deepEqual(c.entry('192.0.2.11').candidates, [])
  })

  test('gives nothing while it is only carried on', () => {
    const c = scattered()
    c.remove('IPAddressPool/metallb-system/lan')
    c.put(pool('other', ['198.51.100.1-198.51.100.2']), service('new'))
    c.pass()
    assert.deepEqual(c.ips('new'), ['198.51.100.1'])
  })
})

describe('a status', () => {
  const settled = (): SimCluster => {
    const c = cluster(lan, service('a'), service('b'))
    c.remove('Service/default/a')
    return c.settle()
  }
  const withStatus = (c: SimCluster, ingress: readonly object[]): void => {
    const b = c.get('Service', 'b')
    c.put({ ...b, status: { ...b.status, loadBalancer: { ingress } } })
  }

  test.each([
    ['is lost', []],
    ['is overwritten with another address', [{ ip: '192.0.2.17' }]],
    ['is overwritten with a host name', [{ hostname: 'x.example' }]],
  ])('that %s is put right from memory, also by an operator that has just begun', (_, ingress) => {
    const c = settled()
    withStatus(c, ingress)
    c.restart().settle()
    assert.deepEqual([c.ips('b'), allocated(c, 'b').reason], [['192.0.2.11'], 'Allocated'])
    withStatus(c, ingress)
    assert.equal(c.decide().requeueAfterSeconds, 2, 'a pass is due when it would be put right again')
  })

  test('that somebody else writes again and again is put right ever less often, and he is named', () => {
    const fieldsV1 = { 'f:status': { 'f:loadBalancer': { 'f:ingress': {} } } }
    const managedFields = [{ manager: 'other-lb', operation: 'Update', subresource: 'status', fieldsV1 }]
    const c = settled()
    let repairs = 0
    for (let second = 0; second < 600; second++) {
      const b = c.get('Service', 'b')
      const metadata = { ...b.metadata, managedFields } as Api['metadata']
      c.put({ ...b, metadata, status: { ...b.status, loadBalancer: { ingress: [{ ip: '192.0.2.17' }] } } })
      c.pass()
      repairs += Number(c.ips('b').join() === '192.0.2.11')
    }
    assert.ok(repairs >= 8 && repairs <= 11, `${repairs} repairs in 600 s`)
    assert.equal(allocated(c, 'b').reason, 'StatusContested')
    assert.match(allocated(c, 'b').message, /also written by other-lb;/)
    for (let second = 0; second < 700; second++) c.pass()
    assert.deepEqual([c.ips('b'), allocated(c, 'b').reason], [['192.0.2.11'], 'Allocated'])
  })

  test('of a Service of another class: its address is given to nobody, neither unasked nor by name', () => {
    const other = withIps(service('other', { loadBalancerClass: 'example.com/other' }), ['192.0.2.10'])
    assert.equal(given(outcomeOf('s', lan, other, service('s'))), '192.0.2.11')
    const asked = outcomeOf('s', lan, other, service('s', { loadBalancerIP: '192.0.2.10' }))
    assert.ok(asked.kind === 'refused')
    assert.match(asked.why.message, /default\/other/)
  })

  test('of a Service of another class costs nobody the address it holds', () => {
    const other = withIps(service('other', { loadBalancerClass: 'example.com/other' }), ['192.0.2.10'])
    assert.equal(given(outcomeOf('s', lan, other, withIps(service('s'), ['192.0.2.10'], 'lan'))), '192.0.2.10')
  })
})

describe('a note of what a Service was given', () => {
  test('that was copied with a manifest takes nothing from its owner', () => {
    const c = cluster(lan, service('a'))
    const { annotations = {} } = c.get('Service', 'a').metadata
    const note = { [memoryAnnotation]: annotations[memoryAnnotation] ?? '' }
    assert.match(note[memoryAnnotation], /192\.0\.2\.10/)
    c.put(service('copy', {}, { annotations: note, creationTimestamp: '2020-01-01T00:00:00Z' }))
    c.settle()
    assert.deepEqual([c.ips('a'), c.ips('copy')], [['192.0.2.10'], ['192.0.2.11']])
  })

  test('that was forged takes nothing from anybody, not for a moment, whoever is older', () => {
    const c = cluster(lan, service('old', {}, { creationTimestamp: '2020-01-01T00:00:00Z' }), service('victim'))
    assert.deepEqual([c.ips('old'), c.ips('victim')], [['192.0.2.10'], ['192.0.2.11']])
    const { annotations = {} } = c.get('Service', 'old').metadata
    const forged = (annotations[memoryAnnotation] ?? '').replace('192.0.2.10', '192.0.2.11')
    c.put(service('old', {}, { annotations: { [memoryAnnotation]: forged }, creationTimestamp: '2020-01-01T00:00:00Z' }))
    for (let i = 0; i < 15; i++) {
      c.pass()
      assert.deepEqual(c.ips('victim'), ['192.0.2.11'], `after ${i + 1} passes`)
      assert.ok(!c.ips('old').includes('192.0.2.11'), `after ${i + 1} passes`)
    }
  })

  test('that was restored with its Service gives it the same address back, if that is free', () => {
    const c = cluster(lan, service('a'), service('b'))
    const { annotations = {} } = c.get('Service', 'b').metadata
    c.remove('Service/default/a', 'Service/default/b')
    c.settle()
    c.put(service('b', {}, { annotations: { [memoryAnnotation]: annotations[memoryAnnotation] ?? '' } }))
    c.settle()
    assert.deepEqual(c.ips('b'), ['192.0.2.11'])
  })

  test.each(['', 'x', '{', '[]', '{"ips":"192.0.2.1"}', '{"ips":["a"],"uid":7}'])('that says %p is none', (text) => {
    const s = service('s', {}, { annotations: { [memoryAnnotation]: text, [poolAnnotation]: 'lan' } })
    assert.equal(given(outcomeOf('s', lan, s)), '192.0.2.10')
  })

  test('goes with the address', () => {
    const c = cluster(lan, service('a'))
    c.put(service('a', { type: 'ClusterIP' }))
    c.settle()
    assert.equal(c.get('Service', 'a').metadata.annotations?.[memoryAnnotation], undefined)
  })
})

describe('who takes what there is', () => {
  test('does not get what another asks for by name, though it is older', () => {
    const game = service('game', { loadBalancerIP: '192.0.2.10' }, { creationTimestamp: '2026-06-01T00:00:00Z' })
    assert.equal(given(outcomeOf('game', lan, service('web'), game)), '192.0.2.10')
    assert.equal(given(outcomeOf('web', lan, service('web'), game)), '192.0.2.11')
  })

  test('does not get it either while the request has to wait for its other address', () => {
    const both = pool('both', ['192.0.2.10-192.0.2.19', '2001:db8::10-2001:db8::19'])
    const taken = withIps(service('taken', { clusterIPs: ['fd00::1'], ipFamilies: ['IPv6'] }), ['2001:db8::10'], 'both')
    const annotations = { 'metallb.io/loadBalancerIPs': '192.0.2.10,2001:db8::10' }
    const game = service('game', dualStack('RequireDualStack'), { annotations })
    assert.equal(given(outcomeOf('web', both, taken, game, service('web'))), '192.0.2.11')
  })

  test('is not kept from an address by a request that cannot be met anyway', () => {
    const closed = pool('lan', ['192.0.2.10-192.0.2.19'], { serviceAllocation: { serviceSelectors: [{ matchLabels: { tier: 'web' } }] } })
    const game = service('game', { loadBalancerIP: '192.0.2.10' })
    assert.equal(given(outcomeOf('web', closed, service('web', {}, { labels: { tier: 'web' } }), game)), '192.0.2.10')
  })

  test.each([
    ['2001:db8::/120', '2001:db8::1'],
    ['2001:db8::8/126', '2001:db8::9'],
    ['2001:db8::8/127', '2001:db8::8'],
    ['2001:db8::8/128', '2001:db8::8'],
    ['2001:db8::-2001:db8::9', '2001:db8::1'],
    ['2001:db8::fdff:ffff:ffff:ff7f-2001:db8::fdff:ffff:ffff:ff80', '2001:db8::fdff:ffff:ffff:ff7f'],
  ])('gets no anycast address of a subnet (RFC 4291 §2.6.1, RFC 2526): of %s the first is %s', (addresses, expected) => {
    const six = { clusterIPs: ['fd00::1'], ipFamilies: ['IPv6'] }
    assert.equal(given(outcomeOf('s', pool('six', [addresses]), service('s', six))), expected)
    const first = addresses.split(/[-/]/)[0] ?? ''
    assert.equal(
      given(outcomeOf('s', pool('six', [addresses]), service('s', { ...six, loadBalancerIP: first }))),
      first,
      'by name it may be had',
    )
  })

  test('gets none of the reserved ones at the end of a /64 either', () => {
    const six = { clusterIPs: ['fd00::1'], ipFamilies: ['IPv6'] }
    const reserved = pool('six', ['2001:db8::fdff:ffff:ffff:ff80-2001:db8::fdff:ffff:ffff:ffff'])
    assert.equal(given(outcomeOf('s', reserved, service('s', six))), 'PoolExhausted')
  })
})

describe('`kubectl describe service` says in one line, for ever, what is so', () => {
  const summaryOf = (c: SimCluster, name: string): string | undefined => c.get('Service', name).metadata.annotations?.[summaryAnnotation]

  test('what it has and who announces it, and why not', () => {
    const c = cluster(lan, service('b'))
    assert.equal(summaryOf(c, 'b'), '192.0.2.10 from the IPAddressPool lan. 192.0.2.10 by ARP from n1.')
    c.put(endpoints('default/b', []))
    c.settle()
    assert.equal(
      summaryOf(c, 'b'),
      `192.0.2.10 from the IPAddressPool lan. ${c.condition('Service', 'b', 'loadstone.dev/Announced').message}`,
    )
    c.put(service('b', { type: 'ClusterIP' }))
    c.settle()
    assert.equal(summaryOf(c, 'b'), undefined)
  })

  test('why a Service is pending', () => {
    const c = cluster(service('b'))
    assert.match(`${summaryOf(c, 'b')}`, /^There is no IPAddressPool; create one\./)
  })
})
