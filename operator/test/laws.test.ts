import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import fc from 'fast-check'
import { allocate } from '../src/allocate/allocate'
import { resolve } from '../src/config/resolve'
import { decide } from '../src/decide'
import type { World } from '../src/world'
import { type Api, bgp, endpoints, l2, node, notReady, peer, pool, service, settings } from './objects'
import { observeAll, SimCluster } from './sim-cluster'

const names = ['a', 'b', 'c', 'd', 'e', 'f'] as const
const days = fc.constantFrom('01', '02', '03').map((day) => ({ creationTimestamp: `2026-01-${day}T00:00:00Z` }))
const request = fc.constantFrom<Record<string, string>>(
  {},
  {},
  { 'metallb.io/loadBalancerIPs': '192.0.2.2' },
  { 'metallb.io/address-pool': 'q' },
  { 'metallb.io/allow-shared-ip': 'k' },
)
const services = fc.uniqueArray(
  fc
    .tuple(fc.constantFrom(...names), days, request, fc.constantFrom('Cluster', 'Local'), fc.constantFrom(80, 81))
    .map(([name, born, annotations, externalTrafficPolicy, port]) =>
      service(name, { externalTrafficPolicy, ports: [{ port, protocol: 'TCP' }] }, { ...born, annotations }),
    ),
  { selector: ({ metadata }) => metadata.name, maxLength: 6 },
)
const nodes = fc.tuple(
  ...['n1', 'n2', 'n3', 'n4'].map((name) =>
    fc.tuple(fc.boolean(), fc.constantFrom('x', 'y')).map(([up, rack]) => (up ? node(name, { rack }) : notReady(node(name, { rack })))),
  ),
)
const slices = fc.tuple(...names.map((name) => fc.subarray(['n1', 'n2', 'n3', 'n4']).map((where) => endpoints(`default/${name}`, where))))
const rack = { nodeSelectors: [{ matchLabels: { rack: 'x' } }] }
const configuration = fc.subarray([
  pool('p', ['192.0.2.1-192.0.2.3']),
  pool('q', ['192.0.2.3-192.0.2.6']),
  pool('r', ['198.51.100.1-198.51.100.2'], { serviceAllocation: { serviceSelectors: [{ matchLabels: { never: 'so' } }] } }),
  pool('broken', ['x']),
  l2('all'),
  l2('some', { ...rack, interfaces: ['eth0'] }),
  bgp('all', { communities: ['1:1'] }),
  bgp('some', { ...rack, aggregationLength: 28 }),
  bgp('pref', { localPref: 7, serviceSelectors: [{}] }),
  peer('tor'),
])
const objects = fc.tuple(services, nodes, slices, configuration).map((parts): readonly Api[] => parts.flat())
const build = (list: readonly Api[]): SimCluster => {
  const c = new SimCluster(list.filter(({ kind }) => kind !== 'Node'))
  return c.addNodes(...list.filter(({ kind }) => kind === 'Node'))
}
const published = (c: SimCluster): string =>
  JSON.stringify([...c.objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, { spec, status }]) => [key, spec, status]))
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
      const now = { settings, previous: undefined, frozen: undefined, nowSeconds: 5, now: '' }
      const decided = (those: readonly Api[]) => decide(observeAll([...those]), now).publication
      const sorted = (those: readonly Api[]) => decided(those).phases.map((phase) => phase.map((write) => JSON.stringify(write)).sort())
      assert.deepEqual(sorted(other), sorted(list))
    }),
    runs,
  )
})

const isShared = (world: World, ip: string): boolean => world.services.filter(({ ips }) => ips.includes(ip as never)).length > 1

test('a newcomer never moves an address in use', () => {
  fc.assert(
    fc.property(objects, fc.constantFrom(...names), request, (list, name, annotations) => {
      const c = build(list).settle()
      fc.pre(!c.objects.has(`Service/default/${name}`))
      const before = c.world()
      c.put(service(name, {}, { annotations, creationTimestamp: '2020-01-01T00:00:00Z' }))
      const { outcomes } = allocate(c.world(), resolve(c.world(), undefined))
      for (const { key, ips } of before.services) {
        const outcome = outcomes.get(key)
        if (ips.length > 0) assert.deepEqual(outcome?.kind === 'assigned' && outcome.ips, ips, key)
      }
    }),
    runs,
  )
})

test('no address is given twice, except to Services that share it', () => {
  fc.assert(
    fc.property(objects, (list) => {
      const world = build(list).settle().world()
      for (const { ips, shareKey, ports } of world.services) {
        for (const ip of ips.filter((found) => isShared(world, found))) {
          assert.equal(shareKey, 'k')
          const users = world.services.filter((other) => other.ips.includes(ip))
          assert.equal(new Set(users.flatMap((other) => other.ports.map(({ port }) => port))).size, users.length * ports.length)
        }
      }
    }),
    runs,
  )
})

test('every slice and set agrees: one term and one list per address, each prefix once per node and peer', () => {
  fc.assert(
    fc.property(objects, (list) => {
      const c = build(list).settle()
      for (const { ips } of c.world().services) for (const ip of ips) c.seat(ip)
      for (const name of c.world().plans.keys()) {
        const routes = c.routesOf(name)
        assert.equal(new Set(routes).size, routes.length, name)
      }
    }),
    runs,
  )
})

test('terms never fall, and rise with every change of candidates, whatever happens to nodes', () => {
  const event = fc.tuple(fc.constantFrom('n1', 'n2', 'n3', 'n4'), fc.constantFrom('silent', 'back', 'pod gone', 'excluded'))
  fc.assert(
    fc.property(objects, fc.array(event, { maxLength: 6 }), (list, events) => {
      const c = build(list).settle()
      const ips = c.world().services.flatMap((item) => item.ips)
      for (const [name, what] of events) {
        const before = ips.map((ip) => c.seat(ip))
        if (what === 'pod gone') c.remove(`speaker-${name}`)
        else if (what === 'back') c.addNodes(node(name, { rack: 'x' }))
        else c.put(what === 'silent' ? notReady(node(name)) : node(name, { 'node.kubernetes.io/exclude-from-external-load-balancers': '' }))
        c.settle()
        for (const [i, ip] of ips.entries()) {
          const [was, is] = [before[i]!, c.seat(ip)]
          if (was.candidates.length === 0 || is.candidates.length === 0) continue
          assert.ok(was.candidates.join() === is.candidates.join() ? is.term >= was.term : is.term > was.term)
        }
      }
    }),
    { numRuns: 60 },
  )
})

test('a partial world never withdraws: frozen, the operator changes no Service and no plan', () => {
  fc.assert(
    fc.property(objects, fc.array(fc.constantFrom(...names)), fc.boolean(), (list, gone, all) => {
      const c = build(list).settle()
      const before = published(c)
      c.remove(...(all ? ['tor', 'p', 'q', 'all', 'some'] : gone.map((name) => `EndpointSlice/default/${name}-1`)))
      for (const write of c.pass('the API server refuses endpointslices')) assert.equal(write.do, 'status')
      const kept = (text: string): string => text.replaceAll(/\["(?:IPAddressPool|L2Adv|BGP|EndpointSlice)[^\]]*?\/.*?\](?=,\["|\]$)/g, '')
      assert.equal(kept(published(c)).length > 0, kept(before).length > 0)
      for (const [key, { spec, status }] of c.objects)
        if (/^(Service|Announcement|RouteSet)/.test(key)) assert.ok(before.includes(JSON.stringify([key, spec, status])), key)
    }),
    { numRuns: 60 },
  )
})
