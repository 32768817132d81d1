import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { SimClock } from '@loadstone/sim'
import { type ApiCall, type ApiServer, ApiUnreachable, type Change, type KubeObject, Reflector, whole } from '../../src'
import { applyCall, createCall, deleteCall } from '../../src/writes'
import { SimApiServer } from '../../testing'
import { settle } from '../settle'

const maps = { group: '', version: 'v1', plural: 'configmaps', namespace: 'default' }
const kind = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true }
const named = (name: string, data?: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, ...(data && { data }) })

class World {
  readonly clock = new SimClock()
  readonly api = new SimApiServer([kind])
  readonly reported: string[] = []
  readonly calls: ApiCall[] = []
  changes = 0
  readonly reflector: Reflector<KubeObject>

  constructor(pageSize = 500) {
    this.api.fault = (call) => void this.calls.push(call)
    this.reflector = new Reflector({ api: this.api, resource: maps, clock: this.clock, random: () => 0, project: whole, pageSize })
    this.reflector.onEach(({ type, key }: Change<KubeObject>) => void this.reported.push(`${type} ${key}`))
    this.reflector.onChange(() => {
      this.changes += 1
    })
  }

  async started(...names: readonly string[]): Promise<this> {
    for (const name of names) await this.api.request(createCall(maps, named(name)))
    this.calls.length = 0
    this.reflector.start()
    await this.pass(0)
    return this
  }

  async pass(millis: number): Promise<void> {
    await settle()
    this.clock.advance(millis)
    await settle()
  }

  keys(): readonly string[] {
    return [...this.reflector.objects().keys()].sort()
  }
}

test('a list of several pages appears all at once', async () => {
  const world = new World(2)
  const seen: number[] = []
  world.reflector.onEach(() => void seen.push(world.reflector.objects().size))
  await world.started('a', 'b', 'c', 'd', 'e')
  assert.deepEqual(seen, [5, 5, 5, 5, 5])
  assert.equal(world.calls.filter(({ query }) => query?.['limit'] === 2).length, 3)
})

test('objects of a list know their kind, as those of a watch do', async () => {
  const world = await new World().started('a')
  await world.api.request(createCall(maps, named('b')))
  await world.pass(0)
  assert.deepEqual(world.keys(), ['default/a', 'default/b'])
  for (const { apiVersion, kind } of world.reflector.objects().values()) assert.deepEqual([apiVersion, kind], ['v1', 'ConfigMap'])
})

test('many changes are announced once', async () => {
  const world = await new World().started('a')
  world.changes = 0
  for (const name of ['b', 'c', 'd']) await world.api.request(createCall(maps, named(name)))
  await settle()
  assert.equal(world.changes, 0)
  await world.pass(0)
  assert.equal(world.changes, 1)
  assert.deepEqual(world.reported, ['added default/a', 'added default/b', 'added default/c', 'added default/d'])
})

test('an apply that changes nothing wakes nobody', async () => {
  const world = await new World().started()
  const call = applyCall(maps, named('a', { x: '1' }), { fieldManager: 'x' })
  await world.api.request(call)
  await world.pass(0)
  const { changes } = world
  const version = world.reflector.version()
  await world.api.request(call)
  await world.pass(1_000)
  assert.deepEqual([world.changes, world.reflector.version()], [changes, version])
})

test('a connection that broke is renewed from where it was, without a list, and nothing that happened meanwhile is lost', async () => {
  const world = await new World().started('a')
  world.api.breakWatches()
  await world.api.request(deleteCall(maps, { name: 'a' }, {}))
  await world.api.request(createCall(maps, named('b')))
  world.calls.length = 0
  await world.pass(0)
  assert.deepEqual([world.reflector.state().at, world.keys()], ['behind', ['default/a']])
  await world.pass(100)
  assert.deepEqual([world.reflector.state().at, world.keys()], ['live', ['default/b']])
  assert.deepEqual(
    world.calls.map(({ query }) => query?.['watch']),
    [true],
  )
})

test('what vanished while history was lost comes as deleted, and the old set stands until the new one is whole', async () => {
  const world = await new World(1).started('a', 'b', 'c')
  world.reported.length = 0
  world.api.breakWatches()
  await world.api.request(deleteCall(maps, { name: 'a' }, {}))
  await world.api.request(createCall(maps, named('d')))
  world.api.forget()
  const [duringList, atChange]: [string[], string[]] = [[], []]
  world.api.fault = ({ query }) => void (query?.['watch'] !== true && duringList.push(world.keys().join()))
  world.reflector.onChange(() => void atChange.push(world.keys().join()))
  for (let step = 0; step < 10; step++) await world.pass(50)
  const [old, whole] = ['default/a,default/b,default/c', 'default/b,default/c,default/d']
  assert.deepEqual(duringList, [old, old, old], 'three pages')
  assert.deepEqual([[...new Set(atChange)], atChange.at(-1)], [[old, whole], whole])
  assert.deepEqual(world.reported, ['deleted default/a', 'added default/d'])
  assert.deepEqual(world.reflector.state(), { at: 'live', complete: true, reason: '' })
})

for (const [status, words] of [
  [403, /not allowed to read it: .*; check the ClusterRole/],
  [404, /does not serve it: .*; check that its CustomResourceDefinition/],
] as const) {
  test(`${status} freezes what is known, with words, until the kind can be listed again`, async () => {
    const world = await new World().started('a')
    world.reported.length = 0
    world.api.fault = () => ({ status, body: { message: 'no' } })
    world.api.breakWatches()
    for (let step = 0; step < 20; step++) await world.pass(1_000)
    const state = world.reflector.state()
    assert.deepEqual([state.at, state.complete, world.keys(), world.reported], ['frozen', true, ['default/a'], []])
    assert.match(state.reason, words)
    world.api.fault = () => undefined
    await world.pass(10_000)
    assert.deepEqual([world.reflector.state().at, world.reported], ['live', []])
  })
}

test('before the first list is whole nothing is known, and that is said', async () => {
  const world = new World(1)
  world.api.fault = (call) => (call.query?.['continue'] === undefined ? undefined : { status: 500, body: 'down' })
  await world.started('a', 'b')
  const { at, complete, reason } = world.reflector.state()
  assert.deepEqual([at, complete, world.reflector.objects().size], ['loading', false, 0])
  assert.match(reason, /500: down/)
})

test('a watch on which not even bookmarks come is renewed', async () => {
  const world = await new World().started('a')
  world.calls.length = 0
  await world.pass(149_999)
  assert.equal(world.calls.length, 0)
  await world.pass(1)
  assert.match(world.reflector.state().reason, /silent/)
  await world.pass(100)
  assert.equal(world.calls.length, 1)
})

test('a list asks again as soon as the server asked us to, not before', async () => {
  const world = new World()
  let refusals = 1
  world.api.fault = (call) => {
    world.calls.push(call)
    return refusals-- > 0 ? { status: 429, body: 'busy', retryAfterSeconds: 3 } : undefined
  }
  await world.started()
  await world.pass(2_999)
  assert.equal(world.calls.length, 1)
  await world.pass(100)
  assert.equal(world.reflector.state().at, 'live')
})

test('watches of one moment do not end in one moment', async () => {
  const ends = [0, 0.5, 0.999].map(async (roll) => {
    const api = new SimApiServer([kind])
    const asked: unknown[] = []
    api.fault = ({ query }) => void asked.push(query?.['timeoutSeconds'])
    new Reflector({ api, resource: maps, clock: new SimClock(), random: () => roll, project: whole }).start()
    await settle()
    return asked.at(-1)
  })
  assert.deepEqual(await Promise.all(ends), [240, 270, 299])
})

test('it asks for bookmarks, without which it could not tell a quiet kind from a dead connection', async () => {
  const world = await new World().started('a')
  const [watch] = world.calls.filter(({ query }) => query?.['watch'] === true)
  assert.equal(watch?.query?.['allowWatchBookmarks'], true)
})

test('what a watch still tells that was given up does not count', async () => {
  const clock = new SimClock()
  const late: (() => void)[] = []
  const list = { kind: 'ConfigMapList', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [] }
  const api: ApiServer = {
    request: async () => ({ status: 200, body: list }),
    async *watch() {
      yield { type: 'OPEN' }
      await new Promise<void>((resolve) => void late.push(resolve))
      yield { type: 'ADDED', object: { metadata: { name: 'ghost', resourceVersion: '2' } } }
    },
    close: async () => {},
  }
  const reflector = new Reflector({ api, resource: maps, clock, random: () => 0, project: whole })
  reflector.start()
  await settle()
  clock.advance(150_000)
  clock.advance(100)
  await settle()
  late[0]?.()
  await settle()
  assert.deepEqual([late.length, reflector.objects().size], [2, 0])
})

test('stopped, it makes no call and runs no timer, and what it knew can still be read', async () => {
  const world = await new World().started('a')
  world.reflector.stop()
  world.calls.length = 0
  await world.api.request(createCall(maps, named('b')))
  world.calls.length = 0
  for (let step = 0; step < 5; step++) await world.pass(100_000)
  assert.deepEqual([world.calls, world.keys()], [[], ['default/a']])
})

test('started again, it follows and announces again', async () => {
  const world = await new World().started('a')
  world.api.breakWatches()
  await settle()
  world.reflector.stop()
  world.changes = 0
  await world.api.request(createCall(maps, named('b')))
  world.reflector.start()
  await world.pass(0)
  assert.deepEqual([world.keys(), world.changes], [['default/a', 'default/b'], 1])
})

test('only metadata is asked for where only metadata is wanted', async () => {
  const api = new SimApiServer([kind])
  const accepts: unknown[] = []
  api.fault = ({ accept }) => void accepts.push(accept)
  const resource = { ...maps, metadataOnly: true }
  new Reflector({ api, resource, clock: new SimClock(), random: () => 0, project: whole }).start()
  await settle()
  const partial = (kind: string): string => `application/json;as=${kind};v=v1;g=meta.k8s.io`
  assert.deepEqual(accepts, [partial('PartialObjectMetadataList'), partial('PartialObjectMetadata')])
})

test('an API server that cannot be reached at all is said so, and found when it comes', async () => {
  const world = new World()
  let down = true
  world.api.fault = () => {
    if (down) throw new ApiUnreachable('not-connected', 'nothing listens there')
    return undefined
  }
  world.reflector.start()
  for (let step = 0; step < 60; step++) await world.pass(1_000)
  assert.deepEqual(world.reflector.state(), { at: 'loading', complete: false, reason: 'nothing listens there' })
  down = false
  await world.pass(10_000)
  assert.equal(world.reflector.state().at, 'live')
})

test('a refresh shows what was written before it, though the watch lags, and then the watch goes on from there', async () => {
  const world = await new World().started('a')
  world.api.lag(true)
  await world.api.request(createCall(maps, named('b')))
  await world.pass(0)
  assert.deepEqual(world.keys(), ['default/a'])
  const before = world.reflector.resourceVersion()
  await world.reflector.refresh()
  assert.deepEqual(world.keys(), ['default/a', 'default/b'])
  assert.ok(Number(world.reflector.resourceVersion()) > Number(before))
  await world.api.request(createCall(maps, named('c')))
  await world.pass(0)
  assert.deepEqual(world.keys(), ['default/a', 'default/b'])
  world.api.lag(false)
  await world.pass(0)
  assert.deepEqual(world.keys(), ['default/a', 'default/b', 'default/c'])
})

test('a refresh takes no list for its own that began before it', async () => {
  const world = new World(1)
  for (const name of ['a', 'b']) await world.api.request(createCall(maps, named(name)))
  const refreshed: Promise<void>[] = []
  world.api.fault = ({ query }) => {
    if (query?.['continue'] === undefined || refreshed.length > 0) return undefined
    world.api.lag(true)
    refreshed.push(world.api.request(createCall(maps, named('c'))).then(() => world.reflector.refresh()))
    return undefined
  }
  await world.started()
  await refreshed[0]
  assert.deepEqual(world.keys(), ['default/a', 'default/b', 'default/c'])
})

test('a refresh of what may not be read ends all the same: the reflection is frozen, and says so', async () => {
  const world = await new World().started('a')
  world.api.fault = () => ({ status: 403, body: { message: 'no' } })
  await world.reflector.refresh()
  assert.equal(world.reflector.state().at, 'frozen')
})
