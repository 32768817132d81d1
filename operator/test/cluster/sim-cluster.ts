import type { ApiCall } from '@loadstone/kube'
import { applied, givenBy, managedFieldsOf, type Owned, type Owners, ownedBy, replaced } from '@loadstone/kube/testing'
import {
  type AnnouncementPlanSpec,
  type AnnouncementSliceSpec,
  liveSessionFields,
  type PlannedSession,
  type RouteSetSpec,
} from '@loadstone/plan'
import { PendingWrites } from '../../src/cluster/pending-writes'
import { callOf, kindOf } from '../../src/cluster/write-calls'
import { type Decision, decide, type PassMemory } from '../../src/decide'
import { poolAnnotation } from '../../src/model/annotations'
import { graceSeconds, type HeldServices, noneHeld } from '../../src/model/pass-input'
import type { OperatorSettings } from '../../src/model/settings'
import type { World } from '../../src/model/world'
import { fieldManager } from '../../src/observe/kubernetes/managers'
import { buildWorld, type ObservedObjects, projections, type WatchedKind } from '../../src/observe/observe'
import { Holds } from '../../src/pass/holds'
import { passOf } from '../../src/pass/pass'
import { nextDoubt } from '../../src/plan/reports/doubts'
import { sameJson } from '../../src/publish/same-json'
import type { Write, WriteResult } from '../../src/publish/write'
import { type ApiObject, settings as defaults, object, speakerPod, system } from '../objects'
import { speakerStatus } from './speaker-status'

export const pluralOf: Readonly<Record<string, WatchedKind>> = {
  ...kindOf,
  Service: 'services',
  EndpointSlice: 'endpointslices',
  Node: 'nodes',
  Namespace: 'namespaces',
  Pod: 'pods',
}
const kinds = Object.values(pluralOf)

const keyOf = (api: ApiObject): string => `${api.kind}/${api.metadata.namespace ?? ''}/${api.metadata.name}`

export function observedOf(objects: Iterable<ApiObject>, settings: OperatorSettings): ObservedObjects {
  const parse = projections(settings)
  const seen = Object.fromEntries(kinds.map((kind) => [kind, [] as unknown[]]))
  for (const api of objects) {
    const kind = pluralOf[api.kind]!
    seen[kind]!.push(parse[kind](api))
  }
  return seen as unknown as ObservedObjects
}

export const observeAll = (objects: Iterable<ApiObject>, settings: OperatorSettings = defaults): World =>
  buildWorld(observedOf(objects, settings))

type Lag = { readonly seen: ReadonlyMap<string, ApiObject>; readonly version: string; readonly ours: PendingWrites<ApiObject> }

const manager = fieldManager
const none: Owners = new Map()

/** The object that a call is for, and its name in `faults`. */
function placeOf({ path }: ApiCall): { readonly key: string; readonly about: string } {
  const [, namespace = '', plural = '', name = ''] = /\/namespaces\/([^/]+)\/([^/]+)\/([^/]+)/.exec(path) ?? []
  const [kind = ''] = Object.entries(pluralOf).find(([, one]) => one === plural) ?? []
  return { key: `${kind}/${namespace}/${name}`, about: `${kind}/${name}` }
}

/** The applied fields that a manager can own, with the defaults of the API server. */
function ownable({ apiVersion: _, kind: __, metadata, status, ...rest }: Partial<ApiObject>): Readonly<Record<string, unknown>> {
  const { name: _name, namespace: _namespace, uid: _uid, resourceVersion: _version, ...meta } = metadata ?? {}
  const { loadBalancer } = (status ?? {}) as { loadBalancer?: { ingress: readonly object[] } }
  const ingress = loadBalancer?.ingress.map((entry) => ({ ipMode: 'VIP', ...entry }))
  return {
    ...rest,
    metadata: meta,
    ...(status !== undefined && { status: loadBalancer === undefined ? status : { ...status, loadBalancer: { ingress } } }),
  }
}

const isMeant = ({ metadata }: ApiObject, version: string = metadata.resourceVersion, uid: string = metadata.uid): boolean =>
  uid === metadata.uid && version === metadata.resourceVersion

/** An empty list of ingress points is stored as none. */
const tidy = (status: ApiObject['status']): ApiObject['status'] =>
  (status['loadBalancer'] as { ingress?: readonly object[] } | undefined)?.ingress?.length === 0 ? { ...status, loadBalancer: {} } : status

type SimSession = {
  readonly settings: string
  readonly since: string
  readonly version: string | undefined
  readonly password: string | undefined
}

/**
 * An API server that holds objects and performs writes, with speakers that do what their plans say. cluster-conformance.ts holds what it
 * does to what a real API server does behind ApiCluster.
 */
export class SimCluster {
  readonly objects = new Map<string, ApiObject>()
  readonly settings: OperatorSettings
  nowSeconds = 1_767_225_700
  /** Faults by `Kind/name`: writes in `refused` are refused while listed, an answer in `lost` is lost once. */
  readonly faults = { refused: new Set<string>(), lost: new Set<string>(), away: false }
  readonly #owners = new Map<string, Owners>()
  readonly #deleted = new Map<string, number>()
  /** Settings of each session, and since when it runs by them. */
  readonly #running = new Map<string, SimSession>()
  /** Nodes whose sessions with a BGPPeer are down, as `node/peer`. */
  readonly down = new Set<string>()
  #memory: PassMemory | undefined
  #holds = new Holds()
  #version = 100
  #lag: Lag | undefined

  constructor(objects: readonly ApiObject[] = [], settings: Partial<OperatorSettings> = {}) {
    this.settings = { ...defaults, ...settings }
    this.put(...objects)
  }

  /** Creates or replaces objects as kubectl edit does. The operator's annotations stay, and so does the status if none is given. */
  put(...objects: readonly ApiObject[]): void {
    for (const api of objects) {
      const key = keyOf(api)
      const before = this.objects.get(key)
      if (before === undefined) this.#create(key, api)
      else this.#edit(key, before, api)
    }
  }

  #create(key: string, api: ApiObject): void {
    const times = this.#deleted.get(key) ?? 0
    const uid = times === 0 ? api.metadata.uid : `${api.metadata.uid}-${times}`
    this.objects.set(key, { ...api, metadata: { ...api.metadata, uid, resourceVersion: `${this.#version++}` } })
  }

  #edit(key: string, before: ApiObject, api: ApiObject): void {
    const owners = this.#owners.get(key) ?? none
    const noted = givenBy([manager, `${manager}/status`], before.metadata.annotations ?? {}, owners)
    const annotations = { ...noted, ...api.metadata.annotations }
    const status = Object.keys(api.status).length > 0 ? api.status : before.status
    const { annotations: _, ...metadata } = api.metadata
    const kept = Object.keys(annotations).length === 0 ? metadata : { ...metadata, annotations }
    this.#store(key, before, replaced({ object: before, owners }, { ...api, status, metadata: kept }))
  }

  /** Stores an object: a change gives a new version, a change of spec a new generation, and no change gives neither. */
  #store(key: string, before: ApiObject, { object, owners }: Owned): ApiObject {
    const { uid, generation, resourceVersion, creationTimestamp } = before.metadata
    const next = object as unknown as ApiObject
    const own = { uid, generation, resourceVersion, creationTimestamp }
    const after = { ...next, spec: next.spec ?? {}, status: tidy(next.status ?? {}), metadata: { ...next.metadata, ...own } }
    this.#owners.set(key, owners)
    if (sameJson(before, after)) return before
    const metadata = {
      ...after.metadata,
      generation: generation + Number(!sameJson(before.spec, after.spec)),
      resourceVersion: `${this.#version++}`,
    }
    this.objects.set(key, { ...after, metadata })
    return { ...after, metadata }
  }

  remove(...names: readonly string[]): void {
    for (const [key] of this.objects) if (names.includes(key) || names.some((name) => key.endsWith(`/${name}`))) this.#delete(key)
  }

  #delete(key: string): void {
    this.objects.delete(key)
    this.#owners.delete(key)
    this.#deleted.set(key, (this.#deleted.get(key) ?? 0) + 1)
  }

  /** Hides writes of others from the operator until catchUp(), as if its watches were late. */
  lag(): void {
    const ours = new PendingWrites<ApiObject>(({ metadata }) => metadata.resourceVersion)
    this.#lag = { seen: new Map(this.objects), version: `${this.#version - 1}`, ours }
  }

  catchUp(): void {
    this.#lag = undefined
  }

  /** The objects that the operator observes. */
  seen(): Iterable<ApiObject> {
    const seen = this.#lag === undefined ? this.objects : this.#lag.ours.appliedTo(this.#lag.seen, this.#lag.version)
    return [...seen].map(([key, api]) => (api.metadata.annotations?.[poolAnnotation] === '' ? this.#withManagers(key, api) : api))
  }

  #withManagers(key: string, api: ApiObject): ApiObject {
    const metadata: object = { ...api.metadata, managedFields: managedFieldsOf(this.#owners.get(key) ?? none) }
    return { ...api, metadata: metadata as ApiObject['metadata'] }
  }

  get(kind: string, name: string, namespace: string = kind === 'Service' ? 'default' : system): ApiObject {
    const found = this.objects.get(`${kind}/${namespace}/${name}`) ?? this.objects.get(`${kind}//${name}`)
    if (found === undefined) throw new Error(`no ${kind} ${name}`)
    return found
  }

  world(): World {
    return observeAll(this.seen(), this.settings)
  }

  /** The decision of a pass, without its writes. */
  decide(frozen?: string): Decision {
    return this.decideOn(this.world(), frozen)
  }

  decideOn(world: World, frozen?: string, held: HeldServices = noneHeld): Decision {
    const { settings, nowSeconds } = this
    const decision = decide(world, { settings, previous: this.#memory, held, frozen, nowSeconds, now: `now-${nowSeconds}` })
    this.#memory = decision.memory
    return decision
  }

  /** One pass, as the Reconciler runs it. Returns the writes tried. */
  pass(frozen?: string): readonly Write[] {
    const steps = passOf({
      observe: () => this.world(),
      decide: (world, held) => this.decideOn(world, frozen, held),
      holds: this.#holds,
      nowMillis: () => this.nowSeconds * 1000,
    })
    const tried: Write[] = []
    let step = steps.next()
    while (step.done !== true) {
      tried.push(...step.value)
      step = steps.next(new Map(step.value.map((write) => [write, this.#tracked(write)])))
    }
    const reports = step.value?.reports ?? []
    for (const write of reports) this.#tracked(write)
    this.nowSeconds++
    return [...tried, ...reports]
  }

  #tracked(write: Write): WriteResult {
    this.#holds.begins(write)
    const result = this.perform(write)
    this.#holds.ended(write, result, this.nowSeconds * 1000)
    return result
  }

  /** Passes, and speakers between them, until nothing is written any more. */
  settle(): this {
    for (let left = 24; left > 0; left--) {
      const writes = this.pass()
      const changed = this.speakersReport()
      if (writes.length > 1000) left++ // a pass writes so many at most, and the next ones the rest
      if (writes.length > 0 || changed) continue
      const wait = this.#waitSeconds()
      if (wait === undefined) return this
      this.nowSeconds += wait
    }
    throw new Error('the operator never comes to rest')
  }

  /** Until time alone may change something; undefined if nothing will. */
  #waitSeconds(): number | undefined {
    if (this.#holds.size > 0) return Math.ceil((this.#holds.nextTurnMillis(this.nowSeconds * 1000) ?? 0) / 1000)
    const { leaving = new Map(), doubts: doubted = new Map() } = this.#memory ?? {}
    return leaving.size > 0 ? graceSeconds : nextDoubt(doubted, this.nowSeconds)
  }

  /** Another operator takes over, without the memory of the last one. */
  restart(): this {
    this.#memory = undefined
    this.#holds = new Holds()
    return this
  }

  /** Performs a write as its API call. */
  perform(write: Write): WriteResult {
    const call = callOf(write, this.settings)
    const { key, about } = placeOf(call)
    if (this.faults.away) return 'failed'
    if (this.faults.refused.has(about)) return 'refused'
    const before = this.#lag?.seen.get(key)
    if (this.faults.lost.delete(about)) this.#perform(key, call) // the caller repeats it
    const done = this.#perform(key, call)
    if (done === 'written') this.#lag?.ours.put(key, before, this.objects.get(key))
    return done
  }

  #perform(key: string, { method, path, ...call }: ApiCall): WriteResult {
    const stored = this.objects.get(key)
    const body = JSON.parse(JSON.stringify(call.body)) as ApiObject & { readonly preconditions?: Partial<ApiObject['metadata']> }
    const inStatus = path.endsWith('/status')
    if (stored === undefined) return this.#writeMissing(key, body, { applies: method !== 'DELETE' && !inStatus })
    const { uid, resourceVersion } = body.preconditions ?? body.metadata
    if (!isMeant(stored, resourceVersion, inStatus ? undefined : uid)) return 'conflict' // a status has no uid check
    const owned = { object: stored, owners: this.#owners.get(key) ?? none }
    if (method === 'DELETE') this.#delete(key)
    else this.#store(key, stored, applied(owned, ownable(body), inStatus ? `${manager}/status` : manager))
    return 'written'
  }

  /** A write to a missing object: a whole apply creates it, a write with a version is a conflict. */
  #writeMissing(key: string, body: ApiObject, { applies }: { readonly applies: boolean }): WriteResult {
    if (!applies) return body.metadata?.resourceVersion === undefined ? 'gone' : 'conflict'
    this.#applyNew(key, body)
    return 'written'
  }

  #applyNew(key: string, { metadata, kind, ...fields }: ApiObject): void {
    this.#create(key, { ...object(kind, metadata.name, {}, metadata), ...fields })
    this.#owners.set(key, ownedBy(manager, ownable({ metadata, ...fields })))
  }

  /** Each running speaker reports that it has carried out its plan, and claims addresses of which it is the first candidate. */
  speakersReport(): boolean {
    let changed = false
    for (const api of [...this.objects.values()]) {
      if (api.kind !== 'AnnouncementPlan' || !this.objects.has(`Pod/${system}/speaker-${api.metadata.name}`)) continue
      const status = speakerStatus(api, {
        sliceOf: (name) => this.slice(name),
        told: this.routesOf(api.metadata.name),
        sessionOf: (node, session) => ({
          state: this.down.has(`${node}/${session.peer}`) ? 'Active' : 'Established',
          since: this.#sinceOf(node, session),
        }),
      })
      if (JSON.stringify(status) === JSON.stringify(api.status)) continue
      changed = true
      this.objects.set(keyOf(api), { ...api, status, metadata: { ...api.metadata, resourceVersion: `${this.#version++}` } })
    }
    return changed
  }

  /** A session begins anew with its settings, but for those that a running one takes. A Secret is read once for each version in the plan. */
  #sinceOf(node: string, session: PlannedSession): string {
    const key = `${node}/${session.peer}`
    const known = this.#running.get(key)
    const version = session.passwordSecret?.resourceVersion
    const password = known !== undefined && known.version === version ? known.password : this.#passwordOf(session)
    const lasting = Object.entries({ ...session, passwordSecret: password }).filter(
      ([field]) => !liveSessionFields.some((live) => live === field),
    )
    const settings = JSON.stringify(lasting)
    const since = known?.settings === settings ? known.since : `since ${this.#version}`
    this.#running.set(key, { settings, since, version, password })
    return since
  }

  #passwordOf({ passwordSecret }: PlannedSession): string {
    return JSON.stringify(this.objects.get(`Secret/${system}/${passwordSecret?.name}`)?.data)
  }

  slice(name: string): AnnouncementSliceSpec {
    return this.get('AnnouncementSlice', name).spec as unknown as AnnouncementSliceSpec
  }

  plan(node: string): AnnouncementPlanSpec {
    return this.get('AnnouncementPlan', node).spec as unknown as AnnouncementPlanSpec
  }

  routeSets(): ReadonlyMap<string, RouteSetSpec> {
    return new Map(this.#all('RouteSet').map((api) => [api.metadata.name, api.spec as unknown as RouteSetSpec]))
  }

  #all(kind: string): readonly ApiObject[] {
    return [...this.objects.values()].filter((api) => api.kind === kind)
  }

  ips(name: string, namespace = 'default'): readonly string[] {
    const status = this.get('Service', name, namespace).status as { loadBalancer?: { ingress?: { ip: string }[] } }
    return (status.loadBalancer?.ingress ?? []).map(({ ip }) => ip)
  }

  condition(kind: string, name: string, type: string): { status: string; reason: string; message: string } {
    const { conditions = [] } = this.get(kind, name).status as {
      conditions?: { type: string; status: string; reason: string; message: string }[]
    }
    const found = conditions.find((condition) => condition.type === type)
    if (found === undefined) throw new Error(`${kind} ${name} has no condition ${type}`)
    return found
  }

  /** Candidates and term of an address, which all slices must agree on. */
  entry(address: string): { candidates: readonly string[]; term: number } {
    const entries = this.#all('AnnouncementSlice').flatMap((api) =>
      this.slice(api.metadata.name).l2.filter((entry) => entry.address === address),
    )
    const texts = new Set(entries.map(({ candidates, term }) => JSON.stringify({ candidates, term })))
    if (texts.size > 1) throw new Error(`slices disagree about ${address}: ${[...texts].join(' ')}`)
    return { candidates: entries[0]?.candidates ?? [], term: entries[0]?.term ?? 0 }
  }

  /** Prefixes a node announces, by its plan, its slices and the RouteSets it lists. */
  routesOf(node: string): readonly string[] {
    const { routeSets, slices } = this.plan(node)
    const shared = routeSets.flatMap((name) => this.routeSets().get(name)?.routes ?? [])
    return [...shared, ...slices.flatMap((name) => this.slice(name).routes)].map(({ prefix }) => prefix).sort()
  }

  addNodes(...nodes: readonly ApiObject[]): this {
    this.put(...nodes, ...nodes.map(({ metadata }) => speakerPod(metadata.name)))
    return this
  }
}
