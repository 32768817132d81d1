import type { AnnouncementPlanSpec, AnnouncementSliceSpec, RouteSetSpec } from '@loadstone/plan'
import type { Config } from '../src/config/config'
import { type Decision, decide } from '../src/decide'
import { gather, type Kind, projections, type Seen } from '../src/observe/observe'
import type { ApplyWrite, ServiceWrite, StatusWrite, Write } from '../src/publish/write'
import type { Settings } from '../src/settings'
import type { World } from '../src/world'
import { type Api, settings as defaults, object, passwordSecret, speakerPod, system } from './objects'

const pluralOf: Readonly<Record<string, Kind>> = {
  Service: 'services',
  EndpointSlice: 'endpointslices',
  Node: 'nodes',
  Namespace: 'namespaces',
  Pod: 'pods',
  IPAddressPool: 'ipaddresspools',
  L2Advertisement: 'l2advertisements',
  BGPAdvertisement: 'bgpadvertisements',
  BGPPeer: 'bgppeers',
  BFDProfile: 'bfdprofiles',
  Community: 'communities',
  Secret: 'secrets',
  AnnouncementPlan: 'announcementplans',
  AnnouncementSlice: 'announcementslices',
  RouteSet: 'routesets',
}
const kinds = Object.values(pluralOf)

const keyOf = (api: Api): string => `${api.kind}/${api.metadata.namespace ?? ''}/${api.metadata.name}`

export function seenOf(objects: Iterable<Api>, settings: Settings): Seen {
  const parse = projections(settings)
  const seen = Object.fromEntries(kinds.map((kind) => [kind, [] as unknown[]]))
  for (const api of objects) {
    const kind = pluralOf[api.kind]!
    seen[kind]!.push(parse[kind](api))
  }
  return seen as unknown as Seen
}

export const observeAll = (objects: Iterable<Api>, settings: Settings = defaults): World => gather(seenOf(objects, settings))

/** An API server that holds objects and performs writes, with speakers that do what their plans say. */
export class SimCluster {
  readonly objects = new Map<string, Api>()
  readonly settings: Settings
  nowSeconds = 1_767_225_700
  #config: Config | undefined
  #version = 100

  constructor(objects: readonly Api[] = [], settings: Partial<Settings> = {}) {
    this.settings = { ...defaults, ...settings }
    this.put(...objects)
  }

  /** Creates or replaces; a changed spec is a new generation. */
  put(...objects: readonly Api[]): void {
    for (const api of objects) {
      const before = this.objects.get(keyOf(api))
      const status = Object.keys(api.status).length > 0 || before === undefined ? api.status : before.status
      const changed = before !== undefined && JSON.stringify(before.spec) !== JSON.stringify(api.spec)
      const generation = before === undefined ? api.metadata.generation : before.metadata.generation + Number(changed)
      const uid = before?.metadata.uid ?? api.metadata.uid
      this.objects.set(keyOf(api), {
        ...api,
        status,
        metadata: { ...api.metadata, uid, generation, resourceVersion: `${this.#version++}` },
      })
    }
  }

  remove(...names: readonly string[]): void {
    for (const [key] of this.objects) if (names.includes(key) || names.some((name) => key.endsWith(`/${name}`))) this.objects.delete(key)
  }

  get(kind: string, name: string, namespace: string = kind === 'Service' ? 'default' : system): Api {
    const found = this.objects.get(`${kind}/${namespace}/${name}`) ?? this.objects.get(`${kind}//${name}`)
    if (found === undefined) throw new Error(`no ${kind} ${name}`)
    return found
  }

  world(): World {
    return observeAll(this.objects.values(), this.settings)
  }

  /** The operator decides, without writing. */
  decide(frozen?: string): Decision {
    return this.decideOn(this.world(), frozen)
  }

  decideOn(world: World, frozen?: string): Decision {
    const { settings, nowSeconds } = this
    const decision = decide(world, { settings, previous: this.#config, frozen, nowSeconds, now: `now-${nowSeconds}` })
    this.#config = decision.config
    return decision
  }

  /** One pass with its writes; what was written. */
  pass(frozen?: string): readonly Write[] {
    const { publication } = this.decide(frozen)
    const writes = [...publication.phases.flat(), ...publication.reports]
    for (const write of writes) this.perform(write)
    this.nowSeconds++
    return writes
  }

  /** Passes, and speakers between them, until nothing is written any more. */
  settle(): this {
    for (let i = 0; i < 12; i++) {
      const writes = this.pass()
      const changed = this.speakersReport()
      if (writes.length === 0 && !changed) return this
    }
    throw new Error('the operator never comes to rest')
  }

  /** Another operator takes over: all that the last one remembered is gone. */
  restart(): this {
    this.#config = undefined
    return this
  }

  perform(write: Write): void {
    switch (write.do) {
      case 'service-status':
        this.#writeService(write)
        break
      case 'apply':
        this.#apply(write)
        break
      case 'delete':
        this.objects.delete(`${write.kind}/${system}/${write.name}`)
        break
      case 'status':
        this.#writeStatus(write)
        break
      case 'password':
        this.put(passwordSecret(write))
    }
  }

  #writeService({ service, ips, pool, conditions }: ServiceWrite): void {
    const api = this.get('Service', service.name, service.namespace)
    const { 'metallb.io/ip-allocated-from-pool': _, ...annotations } = api.metadata.annotations ?? {}
    this.objects.set(keyOf(api), {
      ...api,
      metadata: {
        ...api.metadata,
        resourceVersion: `${this.#version++}`,
        annotations: pool === undefined ? annotations : { ...annotations, 'metallb.io/ip-allocated-from-pool': pool },
      },
      status: { conditions: [...conditions], loadBalancer: ips.length === 0 ? {} : { ingress: ips.map((ip) => ({ ip, ipMode: 'VIP' })) } },
    })
  }

  #apply({ name, labels, object: { kind, spec } }: ApplyWrite): void {
    this.put(object(kind, name, JSON.parse(JSON.stringify(spec)) as Record<string, unknown>, { labels: { ...labels } }))
  }

  #writeStatus({ kind, object: target, counters, conditions }: StatusWrite): void {
    const api = this.get(kind, target.name, target.namespace)
    this.objects.set(keyOf(api), { ...api, status: { ...counters, conditions: [...conditions] } })
  }

  /** Every running speaker says what it does: it carries out its plan, and owns the addresses it is the first candidate for. */
  speakersReport(): boolean {
    let changed = false
    for (const api of [...this.objects.values()]) {
      if (api.kind !== 'AnnouncementPlan' || !this.objects.has(`Pod/${system}/speaker-${api.metadata.name}`)) continue
      const status = this.#statusOf(api)
      if (JSON.stringify(status) === JSON.stringify(api.status)) continue
      changed = true
      this.objects.set(keyOf(api), { ...api, status, metadata: { ...api.metadata, resourceVersion: `${this.#version++}` } })
    }
    return changed
  }

  #statusOf({ metadata, spec }: Api): Record<string, unknown> {
    const { routeSets, slices, sessions } = spec as unknown as AnnouncementPlanSpec
    const entries = slices.flatMap((name) => this.slice(name).l2)
    return {
      observedGeneration: metadata.generation,
      observedRouteSets: routeSets,
      observedSlices: slices,
      interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', up: true, addresses: [] }],
      sessions: sessions.map(({ peer, address }) => ({
        peer,
        ...(address === undefined ? {} : { address }),
        state: 'Established',
        since: '',
        announcedIPv4: 0,
        announcedIPv6: 0,
      })),
      claims: entries
        .filter(({ candidates }) => candidates[0] === metadata.name)
        .map(({ address, term }) => ({ address, term, takeovers: 0, interfaces: ['eth0'] })),
      conditions: [],
    }
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

  #all(kind: string): readonly Api[] {
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
  seat(address: string): { candidates: readonly string[]; term: number } {
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

  addNodes(...nodes: readonly Api[]): this {
    this.put(...nodes, ...nodes.map(({ metadata }) => speakerPod(metadata.name)))
    return this
  }
}
