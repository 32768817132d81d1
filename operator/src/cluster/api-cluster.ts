import type { Cancel, Clock } from '@loadstone/clock'
import { resources } from '@loadstone/crds'
import { type ApiCall, keyOf, type Reflection, type Resource } from '@loadstone/kube'
import type { EventInput } from '@loadstone/kube/events'
import {
  type QueuedWrite as ApiWrite,
  type AppliedObject,
  applyCall,
  deleteCall,
  type WriteLanes,
  type WriteOutcome,
} from '@loadstone/kube/writes'
import { memoryAnnotation, passwordMark, poolAnnotation, summaryAnnotation } from '../model/annotations'
import type { Meta } from '../model/meta'
import { reasons } from '../model/reasons'
import { selectorText } from '../model/selector'
import type { OperatorSettings } from '../model/settings'
import { fieldManager } from '../observe/kubernetes/managers'
import { type ObservedObjects, type ParsedKinds, type Projections, tellingKinds, type WatchedKind } from '../observe/observe'
import {
  type EventNote,
  objectOf,
  type PasswordWrite,
  type ServiceWrite,
  type StatusObjectWrite,
  type StatusWrite,
  type Write,
  type WriteResult,
} from '../publish/write'
import type { ClusterAccess } from '../reconcile'
import { PendingWrites } from './pending-writes'
import { ReportRate } from './report-rate'

export type Lane = 'addresses' | 'objects' | 'reports'
/** Most writes in flight per lane: they hide the latency of the API server without occupying it. */
export const slots: Readonly<Record<Lane, number>> = { addresses: 24, objects: 24, reports: 6 }

const reportInterval = 1000
/** What others wrote about nodes, pods and the configuration is waited for no longer: late news cost less than no decisions. */
const refreshPatienceMillis = 5_000

/** The kinds that the operator watches, limited to namespaces and labels that matter. */
export function watchedResources({
  namespace,
  configNamespace,
  speakerSelector,
}: OperatorSettings): Readonly<Record<WatchedKind, Resource>> {
  const core = (plural: string): Resource => ({ group: '', version: 'v1', plural })
  const config = { namespace: configNamespace }
  return {
    services: core('services'),
    endpointslices: { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices' },
    nodes: core('nodes'),
    namespaces: { ...core('namespaces'), metadataOnly: true },
    pods: { ...core('pods'), namespace, labelSelector: selectorText(speakerSelector) },
    ipaddresspools: { ...resources.IPAddressPool, ...config },
    l2advertisements: { ...resources.L2Advertisement, ...config },
    bgpadvertisements: { ...resources.BGPAdvertisement, ...config },
    bgppeers: { ...resources.BGPPeer, ...config },
    bfdprofiles: { ...resources.BFDProfile, ...config },
    communities: { ...resources.Community, ...config },
    secrets: { ...core('secrets'), ...config, metadataOnly: true },
    announcementplans: { ...resources.AnnouncementPlan, namespace },
    announcementslices: { ...resources.AnnouncementSlice, namespace },
    routesets: { ...resources.RouteSet, namespace },
    servicel2statuses: { ...resources.ServiceL2Status, namespace },
    servicebgpstatuses: { ...resources.ServiceBGPStatus, namespace },
    configurationstates: { ...resources.ConfigurationState, namespace },
  }
}

export type Reflections = { readonly [K in WatchedKind]: Reflection<ParsedKinds[K] | undefined> }

/** The kinds whose state a leader must know exactly: another leader may have written them a moment ago. */
const writtenKinds = [
  'services',
  'secrets',
  'announcementplans',
  'announcementslices',
  'routesets',
] as const satisfies readonly WatchedKind[]

const kindOf = {
  IPAddressPool: 'ipaddresspools',
  L2Advertisement: 'l2advertisements',
  BGPAdvertisement: 'bgpadvertisements',
  BGPPeer: 'bgppeers',
  BFDProfile: 'bfdprofiles',
  Community: 'communities',
  AnnouncementPlan: 'announcementplans',
  AnnouncementSlice: 'announcementslices',
  RouteSet: 'routesets',
  ServiceL2Status: 'servicel2statuses',
  ServiceBGPStatus: 'servicebgpstatuses',
  ConfigurationState: 'configurationstates',
  Secret: 'secrets',
} as const satisfies Readonly<Record<string, WatchedKind>>

/** The object that a write is for. */
type ObjectLocation = { readonly kind: WatchedKind; readonly namespace: string; readonly name: string }

/**
 * A write as an API call. Server-side apply of the own fields: fields of other managers stay, own fields left out are removed. With
 * `resourceVersion` an apply is refused if the object has changed since, by a call that was given up and is carried out late.
 */
export function callOf(write: Write, settings: OperatorSettings, resourceVersion?: string): ApiCall {
  const { kind, namespace, name } = locationOf(write, settings)
  const resource = watchedResources(settings)[kind]
  switch (write.do) {
    case 'service-status':
      return applyCall(resource, serviceStatus(write), { fieldManager, subresource: 'status' })
    case 'status':
      return applyCall(resource, objectStatus(write, resource), { fieldManager, subresource: 'status' })
    case 'apply': {
      const { kind: type, spec } = write.object
      const metadata = { namespace, name, labels: write.labels, ...(resourceVersion !== undefined && { resourceVersion }) }
      return applyCall(resource, { ...typeOf(resource, type), metadata, spec }, { fieldManager })
    }
    case 'status-object':
      return applyCall(resource, statusObject(write, resource, namespace), { fieldManager })
    case 'status-object-status': {
      const body = { ...typeOf(resource, write.kind), metadata: { namespace, name }, status: write.status }
      return applyCall(resource, body, { fieldManager, subresource: 'status' })
    }
    case 'delete':
      return deleteCall(resource, { namespace, name }, { uid: write.uid })
    case 'password':
      return applyCall(resource, passwordSecret(write, namespace), { fieldManager })
  }
}

const typeOf = ({ group, version }: Resource, kind: string): Pick<AppliedObject, 'apiVersion' | 'kind'> => ({
  apiVersion: group === '' ? version : `${group}/${version}`,
  kind,
})

function locationOf(write: Write, { namespace, configNamespace }: OperatorSettings): ObjectLocation {
  switch (write.do) {
    case 'service-status':
      return { kind: 'services', namespace: write.service.namespace, name: write.service.name }
    case 'status':
      return { kind: kindOf[write.kind], namespace: write.object.namespace, name: write.object.name }
    case 'apply':
      return { kind: kindOf[write.object.kind], namespace, name: write.name }
    case 'status-object':
    case 'status-object-status':
      return { kind: kindOf[write.kind], namespace, name: write.name }
    case 'delete':
      return { kind: kindOf[write.kind], namespace: write.kind === 'Secret' ? configNamespace : namespace, name: write.name }
    case 'password':
      return { kind: 'secrets', namespace: configNamespace, name: write.name }
  }
}

/** The Secret has its BGPPeer as owner, so the garbage collector removes it with the BGPPeer. */
function passwordSecret({ name, peer, mark, password }: PasswordWrite, namespace: string): AppliedObject {
  const owner = { ...typeOf(resources.BGPPeer, 'BGPPeer'), ...peer }
  return {
    ...typeOf({ group: '', version: 'v1', plural: 'secrets' }, 'Secret'),
    metadata: { namespace, name, annotations: { [passwordMark]: mark }, ownerReferences: [owner] },
    type: 'kubernetes.io/basic-auth',
    data: { password: Buffer.from(password).toString('base64') },
  }
}

function serviceStatus({ service, resourceVersion, ips, pool, memory, summary, conditions }: ServiceWrite): AppliedObject {
  const annotations = {
    ...(pool === undefined ? {} : { [poolAnnotation]: pool }),
    ...(memory === undefined ? {} : { [memoryAnnotation]: memory }),
    ...(summary === undefined ? {} : { [summaryAnnotation]: summary }),
  }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...service, resourceVersion, ...(Object.keys(annotations).length === 0 ? {} : { annotations }) },
    status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) }, conditions },
  }
}

const objectStatus = ({ kind, object, counters, conditions }: StatusWrite, resource: Resource): AppliedObject => ({
  ...typeOf(resource, kind),
  metadata: object,
  status: { ...counters, conditions },
})

/** It goes with the pod whose state it tells. */
function statusObject(
  { kind, name, labels, owner }: Extract<StatusObjectWrite, { do: 'status-object' }>,
  resource: Resource,
  namespace: string,
): AppliedObject {
  const ownerReferences = owner === undefined ? [] : [{ apiVersion: 'v1', kind: 'Pod', ...owner }]
  return { ...typeOf(resource, kind), metadata: { namespace, name, labels, ownerReferences } }
}

type ApiClusterOptions = {
  readonly reflections: Reflections
  readonly projections: Projections
  readonly lanes: Pick<WriteLanes<Lane>, 'perform' | 'abandon'>
  readonly clock: Clock
  readonly settings: OperatorSettings
  readonly record: (event: EventInput) => void
  readonly onWrite: (write: Write, outcome: WriteOutcome) => void
  /** Called when a report that had to wait is due. A pass then decides it anew. */
  readonly onDue: () => void
}

/** The cluster through its API server: reads from watches and pending writes, performs writes as calls in lanes. */
export class ApiCluster implements ClusterAccess {
  readonly #options: ApiClusterOptions
  readonly #rate: ReportRate
  readonly #pending = new Map<WatchedKind, PendingWrites<unknown>>()
  #due: Cancel | undefined

  constructor(options: ApiClusterOptions) {
    this.#options = options
    this.#rate = new ReportRate(options.clock, reportInterval)
  }

  observe(): ReturnType<ClusterAccess['observe']> {
    const entries = Object.entries(this.#options.reflections) as [WatchedKind, Reflection<unknown>][]
    const observed = Object.fromEntries(
      entries.map(([kind, reflection]) => [kind, isHidden(kind, reflection) ? undefined : this.#objects(kind, reflection).values()]),
    ) as unknown as ObservedObjects
    const states = entries.filter(([kind]) => !tellingKinds.has(kind)).map(([kind, reflection]) => ({ kind, ...reflection.state() }))
    const reasonsOf = (those: typeof states): string => those.map(({ kind, reason }) => `${kind}: ${reason}`).join('; ')
    const incomplete = states.filter(({ complete }) => !complete)
    const frozen = states.filter(({ at }) => at === 'frozen')
    return {
      observed,
      ...(incomplete.length > 0 ? { waiting: reasonsOf(incomplete) } : {}),
      ...(frozen.length > 0 ? { frozen: reasonsOf(frozen) } : {}),
    }
  }

  abandon(): void {
    this.#options.lanes.abandon()
  }

  #objects(kind: WatchedKind, reflection: Reflection<unknown>): ReadonlyMap<string, unknown> {
    return this.#pending.get(kind)?.appliedTo(reflection.objects(), reflection.resourceVersion()) ?? reflection.objects()
  }

  async refresh(): Promise<void> {
    const { reflections, clock } = this.#options
    const written = new Set<string>(writtenKinds)
    const [ours, others] = [[] as Promise<void>[], [] as Promise<void>[]]
    for (const [kind, reflection] of Object.entries<Reflection<unknown>>(reflections)) {
      ;(written.has(kind) ? ours : others).push(reflection.refresh())
    }
    const patience = new Promise<void>((resolve) => clock.after(refreshPatienceMillis, resolve))
    await Promise.all([...ours, Promise.race([Promise.all(others), patience])])
  }

  perform(write: Write): Promise<WriteResult> {
    return this.#perform(write, write.do === 'service-status' ? 'addresses' : 'objects')
  }

  report(writes: readonly Write[], onEnd: (write: Write, result: WriteResult) => void): void {
    let soonest = Number.POSITIVE_INFINITY
    for (const write of writes) {
      const wait = this.#rate.wait(objectOf(write))
      if (wait === 0) void this.#perform(write, 'reports').then((result) => onEnd(write, result))
      else soonest = Math.min(soonest, wait)
    }
    this.#due?.()
    this.#due = Number.isFinite(soonest) ? this.#options.clock.after(soonest, this.#options.onDue) : undefined
  }

  async #perform(write: Write, lane: Lane): Promise<WriteResult> {
    const { lanes, settings, onWrite, record } = this.#options
    const before = this.#shown(write)
    const group = write.do === 'service-status' ? { group: write.service.namespace } : {}
    const job: ApiWrite<Lane> = { lane, object: objectOf(write), ...group, call: callOf(write, settings, this.#versionFor(write)) }
    const [result] = await lanes.perform([job])
    const outcome: WriteOutcome = result?.outcome ?? { is: 'abandoned' }
    onWrite(write, outcome)
    if (outcome.is === 'written') this.#remember(write, before, outcome.body)
    for (const event of eventInputsOf(write, outcome)) record(event)
    return outcome.is === 'superseded' ? 'written' : outcome.is
  }

  /** The version of an object that nobody else writes. A speaker writes the status of its plan, so that a plan is never of one version. */
  #versionFor(write: Write): string | undefined {
    if (write.do !== 'apply' || write.object.kind === 'AnnouncementPlan') return undefined
    const { kind, ...object } = locationOf(write, this.#options.settings)
    return this.#pendingOf(kind).versionOf(keyOf(object), this.#shown(write))
  }

  #shown(write: Write): unknown {
    const { kind, ...object } = locationOf(write, this.#options.settings)
    return this.#options.reflections[kind].objects().get(keyOf(object))
  }

  #pendingOf(kind: WatchedKind): PendingWrites<unknown> {
    const pending = this.#pending.get(kind) ?? new PendingWrites<unknown>(versionOf)
    this.#pending.set(kind, pending)
    return pending
  }

  #remember(write: Write, before: unknown, body: unknown): void {
    const { kind, ...object } = locationOf(write, this.#options.settings)
    this.#pendingOf(kind).put(keyOf(object), before, write.do === 'delete' ? undefined : this.#options.projections[kind](body))
  }
}

/** A kind that only tells what is, and is not known whole. */
function isHidden(kind: WatchedKind, reflection: Reflection<unknown>): boolean {
  const { complete, at } = reflection.state()
  return tellingKinds.has(kind) && (!complete || at === 'frozen')
}

/** Of what the operator writes; a Secret is parsed to less than the others. */
function versionOf(parsed: unknown): string {
  const { meta, resourceVersion = '' } = parsed as { readonly meta?: Meta; readonly resourceVersion?: string }
  return meta?.resourceVersion ?? resourceVersion
}

/** The events of the write, or one that says why the Service's status stays as it is. */
function eventInputsOf(write: Write, outcome: WriteOutcome): readonly EventInput[] {
  if (write.do !== 'service-status') return []
  if (outcome.is === 'written') return write.events.map((event) => eventInput(write, event))
  if (outcome.is !== 'refused' && outcome.is !== 'failed') return []
  const message = `${reasons.StatusNotWritten} ${outcome.message}`
  return [eventInput(write, { type: 'Warning', reason: 'StatusNotWritten', message })]
}

function eventInput({ service, resourceVersion }: ServiceWrite, { type, reason, message }: EventNote): EventInput {
  return { regarding: { apiVersion: 'v1', kind: 'Service', ...service, resourceVersion }, type, reason, action: reason, note: message }
}
