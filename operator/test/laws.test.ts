import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { test } from '@jest/globals'
import fc from 'fast-check'
import { allocate } from '../src/allocate/allocate'
import { resolve } from '../src/config/resolve'
import { decide } from '../src/decide'
import { noneHeld } from '../src/model/pass-input'
import { observeAll, SimCluster } from './cluster/sim-cluster'
import { type ApiObject, bgp, endpoints, l2, node, notReady, peer, phasesOf, pool, service, settings } from './objects'

const names = ['a', 'b', 'c', 'd', 'e', 'f'] as const
const days = fc.constantFrom('01', '02', '03').map((day) => ({ creationTimestamp: `2026-01-${day}T00:00:00Z` }))
const shares = { 'metallb.io/allow-shared-ip': 'k' }
const sharesOtherwise = { 'metallb.io/allow-shared-ip': 'other' }
const request = fc.constantFrom<Record<string, string>>(
  {},
  { 'metallb.io/loadBalancerIPs': '192.0.2.2' },
  { 'metallb.io/address-pool': 'q' },
  shares,
)
const servicesOf = (requests: typeof request, policies: readonly ('Cluster' | 'Local')[]): fc.Arbitrary<readonly ApiObject[]> =>
  fc.uniqueArray(
    fc
      .tuple(fc.constantFrom(...names), days, requests, fc.constantFrom(...policies), fc.constantFrom(80, 81, 82))
      .map(([name, born, annotations, externalTrafficPolicy, port]) =>
        service(name, { externalTrafficPolicy, ports: [{ port, protocol: 'TCP' }] }, { ...born, annotations }),
      ),
    { selector: ({ metadata }) => metadata.name, minLength: 2, maxLength: 6 },
  )
const services = servicesOf(request, ['Cluster', 'Local'])
/** Services of which most may share an address and find a partner. */
const sharers = servicesOf(
  fc.constantFrom<Record<string, string>>(shares, shares, { ...shares, 'metallb.io/loadBalancerIPs': '192.0.2.2' }, sharesOtherwise, {}),
  ['Cluster', 'Cluster', 'Cluster', 'Local'],
)
const nodes = fc.tuple(
  ...['n1', 'n2', 'n3', 'n4'].map((name) =>
    fc.tuple(fc.boolean(), fc.constantFrom('x', 'y')).map(([up, rack]) => (up ? node(name, { rack }) : notReady(node(name, { rack })))),
  ),
)
const slices = fc.tuple(...names.map((name) => fc.subarray(['n1', 'n2', 'n3', 'n4']).map((where) => endpoints(`default/${name}`, where))))
const rack = { nodeSelectors: [{ matchLabels: { rack: 'x' } }] }
const usually = (api: ApiObject): fc.Arbitrary<readonly ApiObject[]> => fc.constantFrom([api], [api], [api], [])
const optional = fc.subarray([
  pool('q', ['192.0.2.3-192.0.2.6']),
  pool('r', ['198.51.100.1-198.51.100.2'], { serviceAllocation: { serviceSelectors: [{ matchLabels: { never: 'so' } }] } }),
  pool('broken', ['x']),
  l2('some', { ...rack, interfaces: ['eth0'] }),
  bgp('all', { communities: ['1:1'] }),
  bgp('some', { ...rack, aggregationLength: 28 }),
  bgp('pref', { localPref: 7, serviceSelectors: [{}] }),
  peer('tor'),
])
// Usually a pool and an advertisement: without both, laws about addresses and candidates would hold trivially.
const configuration = fc.tuple(usually(pool('p', ['192.0.2.1-192.0.2.3'])), usually(l2('all')), optional).map((parts) => parts.flat())
const objectsWith = (those: typeof services): fc.Arbitrary<readonly ApiObject[]> =>
  fc.tuple(those, nodes, slices, configuration).map((parts) => parts.flat())
const objects = objectsWith(services)
const build = (list: readonly ApiObject[]): SimCluster => {
  const c = new SimCluster(list.filter(({ kind }) => kind !== 'Node'))
  return c.addNodes(...list.filter(({ kind }) => kind === 'Node'))
}
const runs = { numRuns: 150 }

test('the operator comes to rest, and then writes nothing, nor does its successor', () => {
  fc.assert(
    fc.property(objects, (list) => {
      const c = build(list).settle()
      assert.deepEqual(c.pass(), [])
      assert.deepEqual(c.restart().pass(), [])
    }),
    runs,
  )
})

test('the order objects arrive in decides nothing', () => {
  fc.assert(
    fc.property(objects, fc.nat(), (list, turn) => {
      const at = list.length === 0 ? 0 : turn % list.length
      const other = [...list.slice(at), ...list.slice(0, at)].reverse()
      const now = { settings, previous: undefined, held: noneHeld, frozen: undefined, nowSeconds: 5, now: '' }
      const decided = (those: readonly ApiObject[]) => decide(observeAll([...those]), now).publication
      const sorted = (those: readonly ApiObject[]) =>
        phasesOf(decided(those)).map((phase) => phase.map((write) => JSON.stringify(write)).sort())
      assert.deepEqual(sorted(other), sorted(list))
    }),
    runs,
  )
})

test('a newcomer never moves an address in use', () => {
  let inUse = 0
  fc.assert(
    fc.property(objects, fc.constantFrom(...names), request, (list, name, annotations) => {
      const c = build(list).settle()
      fc.pre(!c.objects.has(`Service/default/${name}`))
      const before = c.world()
      c.put(service(name, {}, { annotations, creationTimestamp: '2020-01-01T00:00:00Z' }))
      const { outcomes } = allocate(c.world(), resolve(c.world(), undefined))
      for (const { key, ips } of before.services) {
        const outcome = outcomes.get(key)
        if (ips.length === 0) continue
        inUse++
        assert.deepEqual(outcome?.kind === 'assigned' && outcome.ips, ips, key)
      }
    }),
    runs,
  )
  assert.ok(inUse > 50, `${inUse} addresses in use`)
})

test('no address is given twice, except to Services that share it', () => {
  let [shared, refused] = [0, 0]
  fc.assert(
    fc.property(objectsWith(sharers), (list) => {
      const { services: all } = build(list).settle().world()
      for (const ip of new Set(all.flatMap(({ ips }) => ips))) {
        const users = all.filter(({ ips }) => ips.includes(ip))
        const ports = users.flatMap((user) => user.ports.map(({ protocol, port }) => `${protocol} ${port}`))
        if (users.length === 1) continue
        shared++
        assert.equal(new Set(users.map(({ shareKey }) => shareKey)).size, 1, ip)
        assert.notEqual(users[0]?.shareKey, undefined, ip)
        assert.equal(new Set(ports).size, ports.length, ip)
      }
      refused += all.filter(({ ips, shareKey }) => ips.length === 0 && shareKey !== undefined).length
    }),
    runs,
  )
  assert.ok(shared > 20 && refused > 20, `${shared} shared addresses, ${refused} Services that would share and got none`)
})

test('every slice and set agrees: one term and one list per address, each prefix once per node and peer', () => {
  let [seats, prefixes] = [0, 0]
  fc.assert(
    fc.property(objects, (list) => {
      const c = build(list).settle()
      for (const { ips } of c.world().services) for (const ip of ips) seats += Number(c.entry(ip).candidates.length > 1)
      for (const name of c.world().plans.keys()) {
        const routes = c.routesOf(name)
        prefixes += routes.length
        assert.equal(new Set(routes).size, routes.length, name)
      }
    }),
    runs,
  )
  assert.ok(seats > 20 && prefixes > 20, `${seats} addresses with several candidates, ${prefixes} routes`)
})

test('terms never fall, and rise with every change of candidates, whatever happens to nodes', () => {
  const event = fc.tuple(fc.constantFrom('n1', 'n2', 'n3', 'n4'), fc.constantFrom('silent', 'back', 'pod gone', 'excluded'))
  let [stayed, changed] = [0, 0]
  fc.assert(
    fc.property(objects, fc.array(event, { maxLength: 6 }), (list, events) => {
      const c = build(list).settle()
      const ips = c.world().services.flatMap((item) => item.ips)
      for (const [name, what] of events) {
        const before = ips.map((ip) => c.entry(ip))
        if (what === 'pod gone') c.remove(`speaker-${name}`)
        else if (what === 'back') c.addNodes(node(name, { rack: 'x' }))
        else c.put(what === 'silent' ? notReady(node(name)) : node(name, { 'node.kubernetes.io/exclude-from-external-load-balancers': '' }))
        c.settle()
        for (const [i, ip] of ips.entries()) {
          const [was, is] = [before[i]!, c.entry(ip)]
          if (was.candidates.length === 0 || is.candidates.length === 0) continue
          const stays = was.candidates.join() === is.candidates.join()
          if (stays) stayed++
          else changed++
          assert.ok(stays ? is.term >= was.term : is.term > was.term)
        }
      }
    }),
    { numRuns: 60 },
  )
  assert.ok(stayed > 20 && changed > 20, `candidates stayed ${stayed} times and changed ${changed} times`)
})

test('a partial world never withdraws: frozen, the operator changes no address and no plan', () => {
  /** Everything that only the operator writes. */
  const announced = (c: SimCluster) =>
    new Map(
      [...c.objects]
        .filter(([key]) => /^(Service|Announcement|RouteSet)/.test(key))
        .map(([key, { spec, status }]) => [key, { spec, status }]),
    )
  let withdrawing = 0
  fc.assert(
    fc.property(objects, fc.array(fc.constantFrom(...names)), fc.boolean(), (list, gone, all) => {
      const c = build(list).settle()
      const before = announced(c)
      c.remove(...(all ? ['tor', 'p', 'q', 'all', 'some'] : gone.map((name) => `EndpointSlice/default/${name}-1`)))
      const held = new Set(c.world().services.flatMap(({ meta, ips }) => (ips.length > 0 ? [meta.uid] : [])))
      for (const write of c.pass('the API server refuses endpointslices')) {
        const tells = write.do === 'status' || (write.do === 'service-status' && write.ips.length === 0 && !held.has(write.service.uid))
        assert.ok(tells, JSON.stringify(write))
      }
      const after = announced(c)
      for (const { key } of c.world().services)
        if (!held.has(`Service-${key.split('/')[1]}`)) {
          before.delete(`Service/${key}`)
          after.delete(`Service/${key}`)
        }
      assert.deepEqual(after, before)
      c.settle()
      if (!isDeepStrictEqual(announced(c), before)) withdrawing++
    }),
    { numRuns: 60 },
  )
  assert.ok(withdrawing > 15, `an operator that was not frozen would have changed something in ${withdrawing} of 60 worlds`)
})
