import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import { partnerLists } from '../../../src/plan/l2/partner-lists'
import { SimCluster } from '../../cluster/sim-cluster'
import { type ApiObject, endpoints, l2, node, pool, service } from '../../objects'
import { addressAt, nodeAt } from './sim-placement'

const web = '192.0.2.0'
const names = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6']
const base = [pool('p', ['192.0.2.0/24']), l2(), service('web'), endpoints('default/web', ['n1'])]
const cluster = (objects: readonly ApiObject[] = base, settings = {}): SimCluster =>
  new SimCluster(objects, settings).addNodes(...names.map((name) => node(name))).settle()
const partnersOf = (c: SimCluster, name: string): readonly string[] => c.plan(name).partners.map((partner) => partner.node)

function putLinks(c: SimCluster, name: string, interfaces: readonly unknown[]): void {
  const plan = c.get('AnnouncementPlan', name)
  c.put({ ...plan, status: { ...plan.status, interfaces } })
}

const eth = (n: number, more = {}) => ({ name: `eth${n}`, mac: `02:00:00:00:00:0${n}`, up: true, addresses: [`198.51.100.${n}`], ...more })

describe('the plan names the partners of its node', () => {
  test('those that stand by for its addresses, and those for which it stands by', () => {
    const c = cluster()
    const [owner = '', ...standbys] = c.entry(web).candidates
    assert.deepEqual(partnersOf(c, owner), [...standbys].sort())
    for (const name of standbys) assert.deepEqual(partnersOf(c, name), [owner])
    for (const name of names) if (!c.entry(web).candidates.includes(name)) assert.deepEqual(partnersOf(c, name), [])
  })

  test('each with its links as its speaker reports them: name, MAC and addresses', () => {
    const c = cluster()
    const [owner = '', standby = ''] = c.entry(web).candidates
    putLinks(c, standby, [eth(2), eth(1, { up: false, addresses: ['2001:db8::1', '198.51.100.1', 'nonsense'] }), eth(3, { mac: '' })])
    c.pass()
    const links = c.plan(owner).partners.find((partner) => partner.node === standby)?.links
    assert.deepEqual(links, [
      { name: 'eth1', mac: '02:00:00:00:00:01', addresses: ['2001:db8::1', '198.51.100.1'] },
      { name: 'eth2', mac: '02:00:00:00:00:02', addresses: ['198.51.100.2'] },
    ])
  })

  test('only those that announce: not excluded ones, nor any that no advertisement names', () => {
    const objects = [...base.filter(({ kind }) => kind !== 'L2Advertisement'), l2('x', { interfaces: ['eth0', 'eth2', 'eth4'] })]
    const c = cluster(objects, { excludeInterfaces: ['^eth4$'] })
    const [owner = '', standby = ''] = c.entry(web).candidates
    putLinks(c, standby, [eth(0), eth(2), eth(3), eth(4)])
    c.pass()
    const links = c.plan(owner).partners.find((partner) => partner.node === standby)?.links ?? []
    assert.deepEqual(
      links.map(({ name }) => name),
      ['eth0', 'eth2'],
    )
  })

  test('no more of them than the schema holds', () => {
    const c = cluster()
    const [owner = '', standby = ''] = c.entry(web).candidates
    const many = (n: number, of: (i: number) => unknown): readonly unknown[] => Array.from({ length: n }, (_, i) => of(i))
    putLinks(
      c,
      standby,
      many(20, (i) => eth(1, { name: `eth${i}`, addresses: many(30, (k) => `198.51.100.${k}`) })),
    )
    c.pass()
    const links = c.plan(owner).partners.find((partner) => partner.node === standby)?.links ?? []
    assert.deepEqual([links.length, links[0]?.addresses.length], [16, 16])
  })

  test('and no more partners than that', () => {
    const placements = Array.from({ length: 80 }, (_, i) => ({
      address: addressAt(i),
      services: [],
      candidates: [nodeAt(i), 'hub'],
      term: 1,
      from: undefined,
      interfaces: new Map(),
    }))
    assert.equal(partnerLists(placements, new Map(), { excludeInterfaces: [] }).get('hub')?.length, 64)
  })

  test('a change of another node changes no plan', () => {
    const c = cluster()
    const stranger = names.find((name) => !c.entry(web).candidates.includes(name))!
    putLinks(c, stranger, [eth(7)])
    assert.deepEqual(c.pass(), [])
    c.addNodes(node('n7'))
    c.settle()
    const before = c.entry(web).candidates.map((name) => c.get('AnnouncementPlan', name).metadata.generation)
    c.remove('Node//n7', 'speaker-n7')
    c.settle()
    assert.deepEqual(
      c.entry(web).candidates.map((name) => c.get('AnnouncementPlan', name).metadata.generation),
      before,
    )
  })
})

describe('an address that is handed over', () => {
  const drained = { ...node('n1'), metadata: { ...node('n1').metadata, annotations: { 'loadstone.dev/drain': 'true' } } }
  const drain = (name: string): ApiObject => ({
    ...node(name),
    metadata: { ...node(name).metadata, annotations: drained.metadata.annotations },
  })
  const entriesOf = (c: SimCluster, name: string) => c.plan(name).slices.flatMap((slice) => c.slice(slice).l2)

  test('stands in the slice of the node that hands it over, too, until the other one claims it', () => {
    const c = cluster(base, { candidates: 1 })
    const [owner = ''] = c.entry(web).candidates
    c.put(drain(owner))
    c.pass()
    const [heir = ''] = c.entry(web).candidates
    assert.notEqual(heir, owner)
    for (const name of [owner, heir])
      assert.deepEqual(
        entriesOf(c, name).map(({ from, candidates }) => [from, candidates]),
        [[owner, [heir]]],
      )
    assert.deepEqual([partnersOf(c, owner), partnersOf(c, heir)], [[heir], [owner]])
    c.speakersReport()
    c.pass()
    assert.deepEqual([entriesOf(c, owner), entriesOf(c, heir).map(({ from }) => from)], [[], [undefined]])
    assert.deepEqual(partnersOf(c, heir), [])
  })
})
