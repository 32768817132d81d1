import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { SimClock } from '@loadstone/sim'
import fc from 'fast-check'
import { type ApiAnswer, ApiUnreachable, type Change, collectionPath, type KubeObject, Reflector, whole } from '../../src'
import { applyCall, deleteCall } from '../../src/writes'
import { SimApiServer } from '../../testing'
import { settle } from '../settle'

const maps = { group: '', version: 'v1', plural: 'configmaps', namespace: 'default' }
const kind = { group: '', version: 'v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true }

type Happening =
  | { readonly do: 'put'; readonly name: string; readonly value: number }
  | { readonly do: 'remove'; readonly name: string }
  | { readonly do: 'break' | 'forget' }
  | { readonly do: 'refuse'; readonly calls: number; readonly status: number }
  | { readonly do: 'pass'; readonly millis: number }

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g')
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('put' as const), name, value: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), name }) },
  fc.record({ do: fc.constantFrom('break' as const, 'forget' as const) }),
  fc.record({
    do: fc.constant('refuse' as const),
    calls: fc.integer({ min: 1, max: 4 }),
    status: fc.constantFrom(0, 401, 403, 404, 410, 429, 500),
  }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('pass' as const), millis: fc.constantFrom(0, 50, 100, 1_000, 150_000, 400_000) }) },
)

/** A server and a reflector of it, whose changes are compared with the server at the moment they are reported. */
class ConvergenceRun {
  readonly api = new SimApiServer([kind])
  readonly clock = new SimClock()
  readonly reflector: Reflector<KubeObject>
  readonly retold = new Map<string, KubeObject>()
  readonly lies: string[] = []
  #refusals = 0
  #status = 0

  constructor(pageSize: number) {
    this.reflector = new Reflector({ api: this.api, resource: maps, clock: this.clock, random: () => 0.5, project: whole, pageSize })
    this.reflector.onEach((change) => this.#hear(change))
    this.reflector.onChange(() => {
      if (!this.reflector.state().complete && this.reflector.objects().size > 0) this.lies.push('a part is shown before the whole is known')
    })
    this.reflector.start()
  }

  #hear({ type, key, object }: Change<KubeObject>): void {
    if (type === 'added' && this.retold.has(key)) this.lies.push(`${key} is added twice`)
    if (type !== 'added' && !this.retold.has(key)) this.lies.push(`${key} is ${type} before it is added`)
    if (type === 'deleted') {
      this.retold.delete(key)
      if (this.there().some(({ metadata }) => metadata.uid === object.metadata.uid)) this.lies.push(`${key} is reported deleted and exists`)
    } else this.retold.set(key, object)
  }

  /** The objects of the server, read without faults. */
  there(): readonly KubeObject[] {
    return this.api.everything(collectionPath(maps))
  }

  async happen(what: Happening): Promise<void> {
    this.api.fault = () => undefined
    if (what.do === 'put') await this.api.request(put(what.name, what.value))
    if (what.do === 'remove') await this.api.request(deleteCall(maps, { name: what.name }, {}))
    if (what.do === 'break') this.api.breakWatches()
    if (what.do === 'forget') this.api.forget()
    if (what.do === 'refuse') {
      this.#refusals = what.calls
      this.#status = what.status
    }
    this.api.fault = () => this.#refuse()
    if (what.do === 'pass') await this.pass(what.millis)
  }

  #refuse(): ApiAnswer | undefined {
    if (this.#refusals === 0) return undefined
    this.#refusals -= 1
    if (this.#status === 0) throw new ApiUnreachable('broken', 'the connection broke')
    return { status: this.#status, body: { message: 'no' } }
  }

  async pass(millis: number): Promise<void> {
    await settle()
    this.clock.advance(millis)
    await settle()
  }
}

const put = (name: string, value: number) =>
  applyCall(maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value: String(value) } }, { fieldManager: 'x' })

const byName = (objects: Iterable<KubeObject>): readonly (readonly [string, string])[] =>
  [...objects].map(({ metadata }) => [metadata.name, `${metadata.uid} ${metadata.resourceVersion}`] as const).sort()

test('whatever happens to list and watch, in the end the copy is the original, and on the way nothing false is said', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 30 }), fc.integer({ min: 1, max: 4 }), async (happenings, pageSize) => {
      const run = new ConvergenceRun(pageSize)
      for (const what of happenings) await run.happen(what)
      run.api.fault = () => undefined
      for (let step = 0; step < 4; step++) await run.pass(10_000)
      assert.deepEqual(run.lies, [])
      assert.deepEqual(byName(run.reflector.objects().values()), byName(run.there()))
      assert.deepEqual(byName(run.retold.values()), byName(run.there()))
      assert.equal(run.reflector.state().at, 'live')
      run.reflector.stop()
    }),
    { numRuns: 200 },
  )
}, 60_000)
