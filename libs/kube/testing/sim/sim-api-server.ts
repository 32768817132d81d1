import { isDeepStrictEqual } from 'node:util'
import { type ApiAnswer, type ApiCall, type ApiServer, ApiUnreachable, type KubeObject, keyOf } from '../../src'
import type { WatchEvent } from '../../src/client/api-server'
import { jsonBody } from '../../src/json/json-body'
import { applied, managedFieldsOf, type Owned, type Owners, ownedBy, replaced } from './sim-fields'
import { type Fact, SimHistory } from './sim-history'
import { type JsonObject, merge, type ObjectFields } from './sim-merge'
import { routeOf, type Selection, type SimKind, type SimRoute, selects } from './sim-route'
import { readAsYaml } from './sim-yaml'

type Stored = { readonly object: KubeObject; readonly owners: Owners }
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
  #lags = false
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
      if (facts.length === 0 || this.#lags) {
        await history.next(signal)
        continue
      }
      yield* facts.map((fact) => eventOf(fact, selection)).filter((event) => event !== undefined)
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

  /** While true, watches deliver nothing, as a server or a network that lags; then all of it in order. */
  lag(lags: boolean): void {
    this.#lags = lags
    if (!lags) for (const { history } of this.#served.values()) history.wake()
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
    return { status: 201, body: this.#create(served, key, merge(object, { metadata: place(namespace, name) }), nobody) }
  }

  #onObject(served: Served, route: SimRoute, call: ApiCall): ApiAnswer {
    const { namespace, name = '', status } = route
    const key = keyOf(place(namespace, name))
    const stored = served.objects.get(key)
    const body = (call.body ?? {}) as ObjectFields
    if (stored === undefined) {
      if (!isApply(call) || status) return this.#writeMissing(key, call)
      const owners = ownedBy(managerOf(call, route), partOf(body, false))
      return { status: 201, body: this.#create(served, key, merge(body, { metadata: place(namespace, name) }), owners) }
    }
    if (call.method === 'GET') return { status: 200, body: stored.object }
    return call.method === 'DELETE' ? this.#delete(served, key, stored, body) : this.#write(served, route, call, stored)
  }

  /** What is gone cannot be written; with a resourceVersion the writer is told that he is late. */
  #writeMissing(key: string, { body }: ApiCall): ApiAnswer {
    const { resourceVersion } = ((body ?? {}) as Partial<KubeObject>).metadata ?? {}
    return resourceVersion === undefined ? refusal(404, 'NotFound', `${key} not found`) : refusal(409, 'Conflict', `${key} is gone`)
  }

  #write(served: Served, route: SimRoute, call: ApiCall, stored: Stored): ApiAnswer {
    const body = call.body as ObjectFields
    const isCustom = served.kind.group !== ''
    if (!isMeant((body['metadata'] ?? {}) as Partial<KubeObject['metadata']>, stored, isCustom && route.status)) {
      return refusal(409, 'Conflict', 'the object has been modified; please apply your changes to the latest version and try again')
    }
    // The status of a custom kind is written alone, that of a built-in one with labels and annotations.
    const fields = partOf(body, route.status, isCustom)
    const before: Owned = { object: stored.object as unknown as ObjectFields, owners: stored.owners }
    const next = isApply(call)
      ? applied(before, fields, managerOf(call, route))
      : replaced(before, changed(stored.object, fields, { method: call.method, inStatus: route.status }) as unknown as ObjectFields)
    const object = next.object as unknown as KubeObject
    return { status: 200, body: this.#update(served, keyOf(stored.object.metadata), stored, { object, owners: next.owners }) }
  }

  #create(served: Served, key: string, fields: ObjectFields, owners: Owners): KubeObject {
    const { version, group, kind } = served.kind
    const type = { apiVersion: group === '' ? version : `${group}/${version}`, kind }
    const generation = group === '' ? {} : { generation: 1 }
    const own = { ...type, metadata: { ...generation, uid: `uid-${++this.#serial}`, resourceVersion: String(++this.#revision) } }
    const object = withManagers(tidied(served.kind, merge(fields, own) as unknown as KubeObject), owners)
    served.objects.set(key, { object, owners })
    served.history.record({ revision: this.#revision, after: object })
    return object
  }

  #update(served: Served, key: string, before: Stored, next: Stored): KubeObject {
    const tidy = withManagers(tidied(served.kind, next.object), next.owners)
    const { uid, resourceVersion, generation } = before.object.metadata
    const kept: KubeObject = { ...tidy, metadata: { ...tidy.metadata, ...(uid !== undefined && { uid }), resourceVersion } }
    const unchanged = isDeepStrictEqual(before.object, kept)
    const isNew = generation !== undefined && !isDeepStrictEqual(before.object['spec'], kept['spec'])
    const metadata = {
      ...kept.metadata,
      ...(generation === undefined ? {} : { generation: generation + Number(isNew) }),
      resourceVersion: unchanged ? resourceVersion : String(++this.#revision),
    }
    const object = { ...kept, metadata }
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

const nobody: Owners = new Map()

const tidied = ({ tidy = (object) => object }: SimKind, object: KubeObject): KubeObject => tidy(object)

function withManagers(object: KubeObject, owners: Owners): KubeObject {
  const managedFields = managedFieldsOf(owners)
  const { managedFields: _, ...metadata } = object.metadata as KubeObject['metadata'] & { readonly managedFields?: unknown }
  return { ...object, metadata: managedFields.length === 0 ? metadata : ({ ...metadata, managedFields } as KubeObject['metadata']) }
}

/** Whether the object is the one that the writer has seen. For a status of a custom kind, the API server does not look at the uid. */
function isMeant({ uid, resourceVersion }: Partial<KubeObject['metadata']>, { object }: Stored, isCustomStatus: boolean): boolean {
  const { metadata } = object
  return (
    (isCustomStatus || (uid ?? metadata.uid) === metadata.uid) && (resourceVersion ?? metadata.resourceVersion) === metadata.resourceVersion
  )
}

/** The fields that a write may change: status through its subresource, otherwise all others, never what the server itself writes. */
function partOf({ status, metadata, spec, ...rest }: ObjectFields, inStatus: boolean, isCustom = true): ObjectFields {
  const { resourceVersion: _, uid: __, generation: ___, managedFields: ____, name, namespace, ...more } = (metadata ?? {}) as ObjectFields
  const meta = { ...more, ...(name !== undefined && { name }), ...(namespace !== undefined && { namespace }) }
  if (inStatus) return { ...(status !== undefined && { status }), ...(!isCustom && { metadata: meta }) }
  return { ...rest, ...(spec !== undefined && { spec }), metadata: meta }
}

type HowWritten = { readonly method: string; readonly inStatus: boolean }

function changed(object: KubeObject, fields: ObjectFields, { method, inStatus }: HowWritten): KubeObject {
  const current = object as unknown as ObjectFields
  if (inStatus && method === 'PUT')
    return { ...current, ...(fields['status'] !== undefined && { status: fields['status'] }) } as unknown as KubeObject
  if (method === 'PATCH') return merge(current, fields) as unknown as KubeObject
  const { apiVersion, kind, status, metadata } = current
  const kept: ObjectFields = { apiVersion: apiVersion as JsonObject, kind: kind as JsonObject, ...(status !== undefined && { status }) }
  return {
    ...kept,
    ...fields,
    metadata: merge(metadata as ObjectFields, (fields['metadata'] ?? {}) as ObjectFields),
  } as unknown as KubeObject
}

const refusal = (code: number, reason: string, message: string): ApiAnswer => ({
  status: code,
  body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message },
})
