import assert from 'node:assert/strict'
import { describe, test } from '@jest/globals'
import type { AnnouncementPlanSpec } from '@loadstone/plan'
import type { Condition } from '@loadstone/plan/status'
import type { ConfigKind } from '../../src/model/definitions'
import type { World } from '../../src/model/world'
import type { ApplyWrite, DeleteWrite, ServiceWrite, StatusWrite, Write, WriteResult } from '../../src/publish/write'
import { type ApiObject, peer, pool, service, system } from '../objects'

/** ClusterAccess of the operator, and writes of everybody else. */
type ClusterUnderTest = {
  /** Replaces an object as kubectl edit does. The operator's annotations stay, and so does the status if the given one is empty. */
  readonly put: (api: ApiObject) => Promise<void>
  readonly remove: (kind: string, name: string) => Promise<void>
  readonly perform: (write: Write) => Promise<WriteResult>
  /** The stored object. */
  readonly find: (kind: string, name: string) => Promise<ApiObject | undefined>
  /** The world that the operator observes, after its watches have caught up, unless they lag. */
  readonly world: () => Promise<World>
  /** Stops the watches until catchUp(). */
  readonly lag: () => Promise<void>
  readonly catchUp: () => Promise<void>
  /** Refuses writes to this object until it is allowed again. */
  readonly refuse: (kind: string, name: string) => Promise<void>
  readonly allow: () => Promise<void>
  /** Loses the answer to the next write of this object. */
  readonly loseAnswer: (kind: string, name: string) => void
  readonly away: (away: boolean) => void
}

/** The behaviour that unit tests of the operator rely on, tested with the simulated cluster and a real API server. */
export function clusterConformance(name: string, make: () => ClusterUnderTest): void {
  describe(name, () => {
    for (const [title, run] of Object.entries(promises)) {
      test(title, async () => {
        const cluster = make()
        await run({ ...cluster, it: `it${++serial}` })
      })
    }
  })
}

let serial = 0
type Case = ClusterUnderTest & { readonly it: string }

const promises: Readonly<Record<string, (where: Case) => Promise<void>>> = {
  'an object has generation 1; a changed spec is a new generation and version, a label or status a new version, the same nothing': async (
    c,
  ) => {
    const versions: string[] = []
    const generations: number[] = []
    const put = async (api: ApiObject): Promise<void> => {
      await c.put(api)
      const { metadata } = await found(c, 'IPAddressPool', c.it)
      versions.push(metadata.resourceVersion)
      generations.push(metadata.generation)
    }
    await put(pool(c.it, ['192.0.2.1-192.0.2.2']))
    await put(pool(c.it, ['192.0.2.1-192.0.2.2']))
    await put(pool(c.it, ['192.0.2.1-192.0.2.3']))
    await put(pool(c.it, ['192.0.2.1-192.0.2.3'], {}, { labels: { a: 'b' } }))
    await put({ ...pool(c.it, ['192.0.2.1-192.0.2.3'], {}, { labels: { a: 'b' } }), status: { assignedIPv4: 7 } })
    assert.deepEqual(generations, [1, 1, 2, 2, 2])
    assert.deepEqual(
      versions.map((version) => versions.indexOf(version)),
      [0, 0, 2, 3, 4],
    )
    await put(pool(c.it, ['192.0.2.1-192.0.2.3'], {}, { labels: { a: 'b' } }))
    assert.equal((await found(c, 'IPAddressPool', c.it)).status['assignedIPv4'], 7, 'a status stays if none is given')
  },

  'what was deleted is gone, and one of the same name is another': async (c) => {
    await c.put(pool(c.it, ['192.0.2.1-192.0.2.2']))
    const before = await found(c, 'IPAddressPool', c.it)
    await c.remove('IPAddressPool', c.it)
    assert.ok(!(await c.world()).configured.some(({ meta }) => meta.name === c.it))
    await c.put(pool(c.it, ['192.0.2.1-192.0.2.2']))
    const { metadata } = await found(c, 'IPAddressPool', c.it)
    assert.notEqual(metadata.uid, before.metadata.uid)
    assert.equal(metadata.generation, 1)
  },

  'an apply creates, is seen at once, and repeated it changes nothing': async (c) => {
    assert.equal(await c.perform(plan(c.it)), 'written')
    const seen = (await c.world()).plans.get(c.it)
    assert.deepEqual([seen?.meta.generation, seen?.raw, seen?.status], [1, { ...plan(c.it).object.spec }, undefined])
    const { metadata } = await found(c, 'AnnouncementPlan', c.it)
    assert.equal(metadata.labels?.['loadstone.dev/kept'], 'yes')
    assert.equal(seen?.meta.resourceVersion, metadata.resourceVersion)
    assert.equal(await c.perform(plan(c.it)), 'written')
    assert.equal((await found(c, 'AnnouncementPlan', c.it)).metadata.resourceVersion, metadata.resourceVersion)
  },

  'an apply with another spec is a new generation, what it no longer names goes, and what a speaker reported stays': async (c) => {
    await c.perform(plan(c.it, { leaving: 'drain' }))
    const reported = {
      observedGeneration: 1,
      observedRouteSets: ['r'],
      observedSlices: [],
      interfaces: [],
      sessions: [],
      claims: [],
      conditions: [],
    }
    await c.put({ ...(await found(c, 'AnnouncementPlan', c.it)), status: reported })
    assert.equal((await c.world()).plans.get(c.it)?.meta.generation, 1, 'a status is no new generation')
    await c.perform(plan(c.it, { slices: [`${c.it}-0`] }))
    const seen = (await c.world()).plans.get(c.it)
    assert.deepEqual([seen?.meta.generation, seen?.raw['leaving'], seen?.raw['slices']], [2, undefined, [`${c.it}-0`]])
    assert.deepEqual([seen?.status?.observedGeneration, seen?.status?.observedRouteSets], [1, ['r']])
  },

  'an apply puts back what somebody edited of ours, and leaves what others added': async (c) => {
    await c.perform(plan(c.it))
    const ours = await found(c, 'AnnouncementPlan', c.it)
    const labels = { theirs: 'yes' }
    await c.put({ ...ours, metadata: { ...ours.metadata, labels }, spec: { ...ours.spec, slices: ['theirs'], leaving: 'drain' } })
    const edited = (await c.world()).plans.get(c.it)
    assert.deepEqual([edited?.meta.generation, edited?.raw['slices'], edited?.raw['leaving']], [2, ['theirs'], 'drain'])
    await c.perform(plan(c.it))
    const seen = (await c.world()).plans.get(c.it)
    assert.deepEqual([seen?.raw['slices'], seen?.raw['leaving']], [[], 'drain'], 'a field we never named is not ours to take')
    assert.deepEqual(Object.fromEntries(seen?.meta.labels ?? []), { theirs: 'yes', 'loadstone.dev/kept': 'yes' })
  },

  'a delete is of that very object: another uid is a conflict, and what is gone is gone': async (c) => {
    await c.perform(plan(c.it))
    const { uid } = (await found(c, 'AnnouncementPlan', c.it)).metadata
    assert.equal(await c.perform(deletion(c.it, 'another')), 'conflict')
    assert.ok((await c.world()).plans.has(c.it))
    assert.equal(await c.perform(deletion(c.it, uid)), 'written')
    assert.ok(!(await c.world()).plans.has(c.it))
    assert.equal(await c.perform(deletion(c.it, uid)), 'gone')
  },

  'a Service gets its address, pool and conditions: a new version of the same generation, and the spec stays': async (c) => {
    const { before, write } = await written(c)
    assert.equal(await c.perform(write), 'written')
    const after = await found(c, 'Service', c.it)
    assert.notEqual(after.metadata.resourceVersion, before.metadata.resourceVersion)
    assert.equal(after.metadata.generation, before.metadata.generation)
    assert.deepEqual(after.spec, before.spec)
    assert.deepEqual(after.status['loadBalancer'], { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] })
    const seen = await serviceOf(c)
    assert.deepEqual([seen.ips, seen.foreign, seen.allocatedFrom], [['192.0.2.1'], false, 'lan'])
    assert.deepEqual(seen.conditions, write.conditions)
    assert.equal(seen.meta.resourceVersion, after.metadata.resourceVersion)
    assert.equal(await c.perform({ ...write, resourceVersion: seen.meta.resourceVersion }), 'written')
    assert.equal((await serviceOf(c)).meta.resourceVersion, seen.meta.resourceVersion, 'the same again changes nothing')
  },

  'on an old version a Service is not written: a conflict, and the address stays with who has it': async (c) => {
    const { write } = await written(c)
    await c.put(service(c.it, { selector: { app: 'another' } }))
    assert.equal(await c.perform(write), 'conflict')
    const seen = await serviceOf(c)
    assert.deepEqual([seen.ips, seen.allocatedFrom, seen.conditions], [[], undefined, []])
  },

  'no addresses clear the ingress, no pool takes the annotation, a condition left out goes; what others noted stays': async (c) => {
    const { write } = await written(c, { annotations: { 'metallb.io/address-pool': 'lan' } })
    await c.perform(write)
    await c.perform({
      ...write,
      ips: [],
      pool: undefined,
      memory: undefined,
      summary: undefined,
      conditions: [condition('B')],
      resourceVersion: await versionOf(c),
    })
    const { status, metadata } = await found(c, 'Service', c.it)
    assert.deepEqual(status['loadBalancer'], {})
    assert.deepEqual(metadata.annotations, { 'metallb.io/address-pool': 'lan' })
    const seen = await serviceOf(c)
    assert.deepEqual([seen.ips, seen.conditions.map(({ type }) => type)], [[], ['B']])
  },

  'what somebody else put into the status of a Service: the ingress is ours to replace, a condition is not ours to take': async (c) => {
    const status = {
      loadBalancer: { ingress: [{ hostname: 'a.example' }, { ip: '192.0.2.9', ipMode: 'VIP' }] },
      conditions: [condition('Theirs')],
    }
    await c.put({ ...service(c.it), status })
    const { uid, resourceVersion } = (await found(c, 'Service', c.it)).metadata
    const seen = await serviceOf(c)
    assert.deepEqual([seen.ips, seen.foreign], [['192.0.2.9'], true])
    await c.perform({ ...serviceWrite(c.it, uid), resourceVersion })
    const after = await serviceOf(c)
    assert.deepEqual([after.ips, after.foreign, after.conditions.map(({ type }) => type)], [['192.0.2.1'], false, ['Theirs', 'A']])
    const outcome = await c.perform({ ...serviceWrite(c.it, uid), conditions: [], resourceVersion: await versionOf(c) })
    assert.equal(outcome, 'written')
    assert.deepEqual((await serviceOf(c)).conditions.map(({ type }) => type), ['Theirs']) // biome-ignore format: one line
  },

  'an annotation that another wrote too stays when we no longer name it; made ours by another value it goes': async (c) => {
    const { write } = await written(c, { annotations: { 'metallb.io/ip-allocated-from-pool': 'lan' } })
    await c.perform(write)
    await c.perform({ ...write, pool: undefined, resourceVersion: await versionOf(c) })
    assert.equal((await serviceOf(c)).allocatedFrom, 'lan')
    await c.perform({ ...write, pool: '', resourceVersion: await versionOf(c) })
    await c.perform({ ...write, pool: undefined, resourceVersion: await versionOf(c) })
    assert.equal((await found(c, 'Service', c.it)).metadata.annotations?.['metallb.io/ip-allocated-from-pool'], undefined)
  },

  'an edit of a Service keeps its address, our annotation and our conditions': async (c) => {
    const { write } = await written(c)
    await c.perform(write)
    await c.put(service(c.it, { selector: { app: 'another' } }, { annotations: { 'metallb.io/address-pool': 'lan' } }))
    const seen = await serviceOf(c)
    assert.deepEqual([seen.ips, seen.allocatedFrom, seen.requestedPool, seen.conditions.length], [['192.0.2.1'], 'lan', 'lan', 1])
  },

  'a Service that is no more is a conflict, since the write is of a version; a report on what is no more is gone': async (c) => {
    const { write } = await written(c)
    await c.remove('Service', c.it)
    assert.equal(await c.perform(write), 'conflict')
    assert.equal(await c.find('Service', c.it), undefined)
    assert.equal(await c.perform(report(c.it, 'IPAddressPool', 'nobody')), 'gone')
  },

  'a report is a new version of the same generation; a counter left out goes; the uid does not count': async (c) => {
    await c.put(pool(c.it, ['192.0.2.1-192.0.2.2']))
    const { uid, resourceVersion } = (await found(c, 'IPAddressPool', c.it)).metadata
    assert.equal(await c.perform(report(c.it, 'IPAddressPool', uid, { assignedIPv4: 1, availableIPv4: 1 })), 'written')
    const after = await found(c, 'IPAddressPool', c.it)
    assert.notEqual(after.metadata.resourceVersion, resourceVersion)
    assert.equal(after.metadata.generation, 1)
    assert.equal(await c.perform(report(c.it, 'IPAddressPool', uid, { assignedIPv4: 2 })), 'written')
    const { status } = await found(c, 'IPAddressPool', c.it)
    assert.deepEqual(status, { assignedIPv4: 2, conditions: [condition('Accepted')] })
    assert.equal(
      await c.perform(report(c.it, 'IPAddressPool', 'another')),
      'written',
      'the API server asks no uid for the status of a custom kind',
    )
  },

  'a password is a Secret with a mark, seen in its version; another password is another version': async (c) => {
    await c.put(peer(c.it))
    const { uid } = (await found(c, 'BGPPeer', c.it)).metadata
    const write: Write = { do: 'password', name: c.it, peer: { name: c.it, uid }, mark: 'mark', password: 'one' }
    assert.equal(await c.perform(write), 'written')
    const first = (await c.world()).secrets.get(c.it)
    assert.equal(first?.mark, 'mark')
    assert.deepEqual((await found(c, 'Secret', c.it)).data, { password: Buffer.from('one').toString('base64') })
    await c.perform(write)
    assert.deepEqual((await c.world()).secrets.get(c.it), first)
    await c.perform({ ...write, password: 'two' })
    const second = (await c.world()).secrets.get(c.it)
    assert.notEqual(second?.resourceVersion, first?.resourceVersion)
    assert.equal(second?.uid, first?.uid)
  },

  'one object that is refused is refused alone, and nothing of it is written': async (c) => {
    const { write, before } = await written(c)
    await c.refuse('Service', c.it)
    assert.deepEqual([await c.perform(write), await c.perform(plan(c.it))], ['refused', 'written'])
    assert.equal((await serviceOf(c)).meta.resourceVersion, before.metadata.resourceVersion)
    await c.allow()
    assert.equal(await c.perform(write), 'written')
  },

  'a write whose answer is lost has been made: repeated, an apply is written, a Service is a conflict, a delete finds nothing': async (
    c,
  ) => {
    c.loseAnswer('AnnouncementPlan', c.it)
    assert.equal(await c.perform(plan(c.it)), 'written')
    const { write } = await written(c)
    c.loseAnswer('Service', c.it)
    assert.equal(await c.perform(write), 'conflict')
    assert.deepEqual((await serviceOf(c)).ips, ['192.0.2.1'])
    c.loseAnswer('AnnouncementPlan', c.it)
    assert.equal(await c.perform(deletion(c.it, (await found(c, 'AnnouncementPlan', c.it)).metadata.uid)), 'gone')
    assert.ok(!(await c.world()).plans.has(c.it))
  },

  'while the API server is away a write fails, and nothing is written': async (c) => {
    const { write, before } = await written(c)
    c.away(true)
    assert.equal(await c.perform(write), 'failed')
    c.away(false)
    assert.equal((await found(c, 'Service', c.it)).metadata.resourceVersion, before.metadata.resourceVersion)
  },

  'while watches lag our own writes are seen, those of others are not, and on what is old a Service is not written': async (c) => {
    const { write } = await written(c)
    await c.lag()
    await c.put(pool(c.it, ['192.0.2.1-192.0.2.2']))
    await c.perform(plan(c.it))
    assert.equal(await c.perform(write), 'written')
    const late = await c.world()
    assert.ok(late.plans.has(c.it))
    assert.ok(!late.configured.some(({ meta }) => meta.name === c.it))
    const ours = await serviceOf(c)
    assert.deepEqual(ours.ips, ['192.0.2.1'])
    await c.put(service(c.it, { selector: { app: 'another' } }))
    assert.equal((await serviceOf(c)).meta.resourceVersion, ours.meta.resourceVersion)
    assert.equal(await c.perform({ ...write, ips: [], resourceVersion: ours.meta.resourceVersion }), 'conflict')
    assert.deepEqual((await serviceOf(c)).ips, ['192.0.2.1'])
    await c.catchUp()
    assert.notEqual((await serviceOf(c)).meta.resourceVersion, ours.meta.resourceVersion)
    assert.ok((await c.world()).configured.some(({ meta }) => meta.name === c.it))
  },
}

async function found(c: ClusterUnderTest, kind: string, name: string): Promise<ApiObject> {
  const api = await c.find(kind, name)
  assert.ok(api !== undefined, `no ${kind} ${name}`)
  return api
}

const plan = (name: string, more: Partial<AnnouncementPlanSpec> = {}): ApplyWrite => ({
  do: 'apply',
  name,
  labels: { 'loadstone.dev/kept': 'yes' },
  object: {
    kind: 'AnnouncementPlan',
    spec: { node: name, sessions: [], routeSets: [], slices: [], excludeInterfaces: [], partners: [], ...more },
  },
})
const deletion = (name: string, uid: string): DeleteWrite => ({ do: 'delete', kind: 'AnnouncementPlan', name, uid })

const condition = (type: string): Condition => ({
  type,
  status: 'True',
  reason: 'Because',
  message: 'it is so',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  observedGeneration: 1,
})

const serviceWrite = (name: string, uid: string): Omit<ServiceWrite, 'resourceVersion'> => ({
  do: 'service-status',
  service: { namespace: 'default', name, uid },
  ips: ['192.0.2.1' as ServiceWrite['ips'][number]],
  pool: 'lan',
  memory: '{"ips":["192.0.2.1"]}',
  summary: 'It has an address.',
  conditions: [condition('A')],
  events: [],
})

/** A Service, and the write that gives it an address. */
async function written(
  c: Case,
  metadata: Partial<ApiObject['metadata']> = {},
): Promise<{ readonly before: ApiObject; readonly write: ServiceWrite }> {
  await c.put(service(c.it, {}, metadata))
  const before = await found(c, 'Service', c.it)
  const { uid, resourceVersion } = before.metadata
  return { before, write: { ...serviceWrite(c.it, uid), resourceVersion } }
}

const report = (name: string, kind: ConfigKind, uid: string, counters: StatusWrite['counters'] = {}): StatusWrite => ({
  do: 'status',
  kind,
  object: { namespace: system, name, uid },
  counters,
  conditions: [condition('Accepted')],
})

async function serviceOf(c: Case): Promise<World['services'][number]> {
  const seen = (await c.world()).services.find(({ meta }) => meta.name === c.it)
  assert.ok(seen !== undefined, 'the Service is not seen')
  return seen
}

const versionOf = async (c: Case): Promise<string> => (await serviceOf(c)).meta.resourceVersion
