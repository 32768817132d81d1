import { isDeepStrictEqual } from 'node:util'
import { type ApiAnswer, type ApiCall, type ApiServer, ApiUnreachable, type KubeObject, keyOf } from '../src'
import type { WatchEvent } from '../src/client/api-server'
import { jsonBody } from '../src/json/json-body'
import { type Fact, SimHistory } from './sim-history'
import { type JsonObject, merge, type ObjectFields, release } from './sim-merge'
import { routeOf, type Selection, type SimKind, type SimRoute, selects } from './sim-route'
import { readAsYaml } from './sim-yaml'

type Stored = { readonly object: KubeObject; readonly applied: ReadonlyMap<string, ObjectFields> }
type Served = { readonly kind: SimKind; readonly objects: Map<string, Stored>; readonly history: SimHistory }
type Page = { readonly items: readonly KubeObject[]; readonly revision: number }

const expired: readonly WatchEvent[] = [{ type: 'ERROR', object: { code: 410, reason: 'Expired', message: 'too old resource version' } }]

/** A simulated API server in memory, with the behaviour of the conformance suite. Tests set its faults. */
export class SimApiServer implements ApiServer {
  readonly #served = new Map<string, Served>()
  readonly #pages = new Map<string, Page>()
  #revision = 1
  #serial = 0
  #breaks = 0
  /** Called before each call. A returned answer replaces the server's; it may throw ApiUnreachable. */
  fault: (call: ApiCall) => ApiAnswer | undefined = () => undefined

  constructor(kinds: readonly SimKind[]) {
    for (const kind of kinds) this.serve(kind)
  }

  /** Installs a kind, without objects. */
  serve(kind: SimKind): void {
    this.#served.set(`${kind.group}/${kind.version}/${kind.plural}`, { kind, objects: new Map(), history: new SimHistory() })
  }

  async request(sent: ApiCall): Promise<ApiAnswer> {
    if (sent.signal?.aborted === true) throw new ApiUnreachable('aborted', 'ended by us')
    const fault = this.fault(sent)
    if (fault !== undefined) return fault
    const call = received(sent)
    if (call === undefined) return refusal(400, 'BadRequest', 'error decoding YAML: yaml: control characters are not allowed')
    const route = routeOf(call.path)
    const served = this.#served.get(route.kind)
    if (served === undefined) return refusal(404, 'NotFound', 'the server could not find the requested resource')
    // A copy, so that callers cannot change stored objects.
    return copy(route.name === undefined ? this.#onCollection(served, route, call) : this.#onObject(served, route, call))
  }

  async *watch(call: ApiCall): AsyncGenerator<WatchEvent> {
    const served = this.#served.get(routeOf(call.path).kind)
    const answer = this.fault(call) ?? (served === undefined ? refusal(404, 'NotFound', 'not found') : undefined)
    if (answer !== undefined || served === undefined) {
      yield { type: 'ERROR', object: { code: answer?.status ?? 0, message: JSON.stringify(answer?.body) } }
      return
    }
    yield { type: 'OPEN' }
    for await (const event of this.#events(served.history, call)) yield copy(event)
  }

  async *#events(history: SimHistory, { signal, query, ...call }: ApiCall): AsyncGenerator<WatchEvent> {
    const began = this.#breaks
    const selection = selectionOf({ ...call, ...(query && { query }) })
    let revision = Number(query?.['resourceVersion'])
    for (;;) {
      this.#check(signal, began)
      const facts = history.since(revision)
      if (facts === undefined) return yield* expired
      // No await between reading history and waiting for it, or a change in between would be missed.
      if (facts.length === 0) await history.next(signal)
      else yield* facts.map((fact) => eventOf(fact, selection)).filter((event) => event !== undefined)
      revision = facts.at(-1)?.revision ?? revision
    }
  }

  #check(signal: AbortSignal | undefined, began: number): void {
    if (signal?.aborted === true) throw new ApiUnreachable('aborted', 'ended by us')
    if (this.#breaks !== began) throw new ApiUnreachable('broken', 'the connection broke')
  }

  async close(): Promise<void> {
    this.breakWatches()
  }

  /** Ends all watches as if their connections broke. */
  breakWatches(): void {
    this.#breaks += 1
    for (const { history } of this.#served.values()) history.wake()
  }

  /** All objects stored at this path, regardless of faults. */
  everything(path: string): readonly KubeObject[] {
    const served = this.#served.get(routeOf(path).kind)
    return served === undefined ? [] : copy(this.#everything(served, { method: 'GET', path }).items)
  }

  /** Removes history: older resource versions and continue tokens get 410 from now on. */
  forget(): void {
    this.#pages.clear()
    for (const { history } of this.#served.values()) history.compact(this.#revision)
    this.breakWatches()
  }

  #onCollection(served: Served, { namespace }: SimRoute, call: ApiCall): ApiAnswer {
    if (call.method === 'GET') return this.#list(served, call)
    const object = call.body as ObjectFields & KubeObject
    const { name = `${object.metadata.generateName}${++this.#serial}` } = object.metadata as { name?: string }
    const key = keyOf(place(namespace, name))
    if (served.objects.has(key)) return refusal(409, 'AlreadyExists', `${key} already exists`)
    return { status: 201, body: this.#create(served, key, merge(object, { metadata: place(namespace, name) }), new Map()) }
  }

  #onObject(served: Served, route: SimRoute, call: ApiCall): ApiAnswer {
    const { namespace, name = '', status } = route
    const key = keyOf(place(namespace, name))
    const stored = served.objects.get(key)
    const body = (call.body ?? {}) as ObjectFields
    if (stored === undefined) {
      if (!isApply(call) || status) return refusal(404, 'NotFound', `${key} not found`)
      const given = new Map([[managerOf(call, route), partOf(body, false)]])
      return { status: 201, body: this.#create(served, key, merge(body, { metadata: place(namespace, name) }), given) }
    }
    if (call.method === 'GET') return { status: 200, body: stored.object }
    return call.method === 'DELETE' ? this.#delete(served, key, stored, body) : this.#write(served, route, call, stored)
  }

  #write(served: Served, route: SimRoute, call: ApiCall, stored: Stored): ApiAnswer {
    const body = call.body as ObjectFields
    const { resourceVersion } = (body['metadata'] ?? {}) as Partial<KubeObject['metadata']>
    if (resourceVersion !== undefined && resourceVersion !== stored.object.metadata.resourceVersion) {
      return refusal(409, 'Conflict', 'the object has been modified; please apply your changes to the latest version and try again')
    }
    const fields = partOf(body, route.status)
    const next = isApply(call)
      ? applied(stored, fields, managerOf(call, route))
      : { ...stored, object: changed(stored.object, fields, call.method) }
    return { status: 200, body: this.#update(served, keyOf(stored.object.metadata), stored, next) }
  }

  #create(served: Served, key: string, fields: ObjectFields, given: Stored['applied']): KubeObject {
    const { version, group, kind } = served.kind
    const type = { apiVersion: group === '' ? version : `${group}/${version}`, kind }
    const own = { ...type, metadata: { uid: `uid-${++this.#serial}`, resourceVersion: String(++this.#revision) } }
    const object = merge(fields, own) as unknown as KubeObject
    served.objects.set(key, { object, applied: given })
    served.history.record({ revision: this.#revision, after: object })
    return object
  }

  #update(served: Served, key: string, before: Stored, next: Stored): KubeObject {
    const unchanged = isDeepStrictEqual(before.object, next.object)
    const metadata = {
      ...next.object.metadata,
      resourceVersion: unchanged ? before.object.metadata.resourceVersion : String(++this.#revision),
    }
    const object = { ...next.object, metadata }
    served.objects.set(key, { ...next, object })
    if (!unchanged) served.history.record({ revision: this.#revision, before: before.object, after: object })
    return object
  }

  #delete(served: Served, key: string, { object }: Stored, body: ObjectFields): ApiAnswer {
    const wanted = (body['preconditions'] ?? {}) as { uid?: string; resourceVersion?: string }
    const { uid, resourceVersion } = object.metadata
    if ((wanted.uid ?? uid) !== uid || (wanted.resourceVersion ?? resourceVersion) !== resourceVersion) {
      return refusal(409, 'Conflict', 'the precondition does not hold')
    }
    served.objects.delete(key)
    served.history.record({ revision: ++this.#revision, before: object })
    return { status: 200, body: object }
  }

  #list(served: Served, call: ApiCall): ApiAnswer {
    const { limit, continue: token } = call.query ?? {}
    const page = token === undefined ? this.#everything(served, call) : this.#pages.get(String(token))
    if (page === undefined) return refusal(410, 'Expired', 'the provided continue parameter is too old')
    const count = limit === undefined ? page.items.length : Number(limit)
    const rest = page.items.slice(count)
    const next = rest.length === 0 ? '' : `page-${++this.#serial}`
    if (next !== '') this.#pages.set(next, { ...page, items: rest })
    const metadata = { resourceVersion: String(page.revision), ...(next !== '' && { continue: next }) }
    return { status: 200, body: { kind: `${served.kind.kind}List`, apiVersion: 'v1', metadata, items: page.items.slice(0, count) } }
  }

  #everything(served: Served, call: ApiCall): Page {
    const selection = selectionOf(call)
    const objects = [...served.objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { object }]) => object)
    return { items: objects.filter((object) => selects(selection, object)), revision: this.#revision }
  }
}

/** The call as it arrives over the wire; undefined if its body cannot be read. */
function received(call: ApiCall): ApiCall | undefined {
  if (call.body === undefined) return call
  const body = jsonBody(call.body)
  const text = isApply(call) ? readAsYaml(body) : body
  return text === undefined ? undefined : { ...call, body: JSON.parse(text) }
}

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

const place = (namespace: string | undefined, name: string): { namespace?: string; name: string } =>
  namespace === undefined ? { name } : { namespace, name }

const isApply = ({ method, contentType }: ApiCall): boolean =>
  method === 'PATCH' && contentType?.startsWith('application/apply-patch') === true

/** Name of the owner: as in the API server, a manager owns fields separately for each subresource. */
const managerOf = ({ query }: ApiCall, { status }: SimRoute): string => `${query?.['fieldManager']}${status ? '/status' : ''}`

function selectionOf({ path, query = {} }: ApiCall): Selection {
  const { labelSelector = '', fieldSelector = '' } = query
  return { namespace: routeOf(path).namespace, labelSelector: String(labelSelector), fieldSelector: String(fieldSelector) }
}

/** The event for a watch with a selector: an object that leaves the selection is deleted, one that enters is added. */
function eventOf({ before, after, revision }: Fact, selection: Selection): WatchEvent | undefined {
  const was = before !== undefined && selects(selection, before)
  if (after !== undefined && selects(selection, after)) return { type: was ? 'MODIFIED' : 'ADDED', object: after }
  if (!was) return undefined
  return { type: 'DELETED', object: { ...before, metadata: { ...before.metadata, resourceVersion: String(revision) } } }
}

/** The fields that a write may change: status through its subresource, otherwise all others, never uid and resourceVersion. */
function partOf({ status, metadata, spec, ...rest }: ObjectFields, statusOnly: boolean): ObjectFields {
  if (statusOnly) return status === undefined ? {} : { status }
  const { resourceVersion: _, uid: __, ...meta } = (metadata ?? {}) as ObjectFields
  return { ...rest, ...(spec !== undefined && { spec }), metadata: meta }
}

function changed(object: KubeObject, fields: ObjectFields, method: string): KubeObject {
  const current = object as unknown as ObjectFields
  if (method === 'PATCH') return merge(current, fields) as unknown as KubeObject
  const { apiVersion, kind, status, metadata } = current
  const kept: ObjectFields = { apiVersion: apiVersion as JsonObject, kind: kind as JsonObject, ...(status !== undefined && { status }) }
  return {
    ...kept,
    ...fields,
    metadata: merge(metadata as ObjectFields, (fields['metadata'] ?? {}) as ObjectFields),
  } as unknown as KubeObject
}

function applied({ object, applied: before }: Stored, fields: ObjectFields, manager: string): Stored {
  const others = [...before].filter(([name]) => name !== manager).map(([, given]) => given)
  const released = release(object as unknown as ObjectFields, before.get(manager) ?? {}, [fields, ...others])
  return { object: merge(released, fields) as unknown as KubeObject, applied: new Map([...before, [manager, fields]]) }
}

const refusal = (code: number, reason: string, message: string): ApiAnswer => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message },
})
