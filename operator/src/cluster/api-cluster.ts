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
import { selectorText } from '../model/selector'
import type { OperatorSettings } from '../model/settings'
import { fieldManager } from '../observe/kubernetes/managers'
import { type ObservedObjects, type ParsedKinds, type Projections, tellingKinds, type WatchedKind } from '../observe/observe'
import type { PasswordWrite, ServiceWrite, StatusObjectWrite, StatusWrite, Write } from '../publish/write'
import type { ClusterAccess, WriteResult } from '../reconcile'
import { PendingWrites } from './pending-writes'
import { ReportRate } from './report-rate'

export type Lane = 'addresses' | 'objects' | 'reports'
/** Most writes in flight per lane: they hide the latency of the API server without occupying it. */
export const slots: Readonly<Record<Lane, number>> = { addresses: 24, objects: 24, reports: 6 }

const reportInterval = 1000

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

/** A write as an API call. Server-side apply of the own fields: fields of other managers stay, own fields left out are removed. */
export function callOf(write: Write, settings: OperatorSettings): ApiCall {
  const { kind, namespace, name } = locationOf(write, settings)
  const resource = watchedResources(settings)[kind]
  switch (write.do) {
    case 'service-status':
      return applyCall(resource, serviceStatus(write), { fieldManager, subresource: 'status' })
    case 'status':
      return applyCall(resource, objectStatus(write, resource), { fieldManager, subresource: 'status' })
    case 'apply': {
      const { kind: type, spec } = write.object
      return applyCall(resource, { ...typeOf(resource, type), metadata: { namespace, name, labels: write.labels }, spec }, { fieldManager })
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
  readonly lanes: Pick<WriteLanes<Lane>, 'perform'>
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

  #objects(kind: WatchedKind, reflection: Reflection<unknown>): ReadonlyMap<string, unknown> {
    return this.#pending.get(kind)?.appliedTo(reflection.objects()) ?? reflection.objects()
  }

  async perform(writes: readonly Write[]): Promise<readonly WriteResult[]> {
    return Promise.all(writes.map((write) => this.#perform(write, write.do === 'service-status' ? 'addresses' : 'objects')))
  }

  report(writes: readonly Write[]): void {
    let soonest = Number.POSITIVE_INFINITY
    for (const write of writes) {
      const wait = this.#rate.wait(this.#keyOf(write))
      if (wait === 0) void this.#perform(write, 'reports')
      else soonest = Math.min(soonest, wait)
    }
    this.#due?.()
    this.#due = Number.isFinite(soonest) ? this.#options.clock.after(soonest, this.#options.onDue) : undefined
  }

  #keyOf(write: Write): string {
    const { kind, ...object } = locationOf(write, this.#options.settings)
    return `${kind} ${keyOf(object)}`
  }

  async #perform(write: Write, lane: Lane): Promise<WriteResult> {
    const { lanes, settings, onWrite, record } = this.#options
    const before = this.#shown(write)
    const job: ApiWrite<Lane> = { lane, object: this.#keyOf(write), call: callOf(write, settings) }
    const [result] = await lanes.perform([job])
    const outcome: WriteOutcome = result?.outcome ?? { is: 'abandoned' }
    onWrite(write, outcome)
    if (outcome.is === 'written') {
      this.#remember(write, before, outcome.body)
      if (write.do === 'service-status') for (const event of eventInputsOf(write)) record(event)
    }
    return outcome.is === 'superseded' ? 'written' : outcome.is
  }

  #shown(write: Write): unknown {
    const { kind, ...object } = locationOf(write, this.#options.settings)
    return this.#options.reflections[kind].objects().get(keyOf(object))
  }

  #remember(write: Write, before: unknown, body: unknown): void {
    const { kind, ...object } = locationOf(write, this.#options.settings)
    const pending = this.#pending.get(kind) ?? new PendingWrites<unknown>(versionOf)
    this.#pending.set(kind, pending)
    pending.put(keyOf(object), before, write.do === 'delete' ? undefined : this.#options.projections[kind](body))
  }
}

/** A kind that only tells what is, and is not known whole. */
function isHidden(kind: WatchedKind, reflection: Reflection<unknown>): boolean {
  const { complete, at } = reflection.state()
  return tellingKinds.has(kind) && (!complete || at === 'frozen')
}

const versionOf = (parsed: unknown): string | undefined => (parsed as { readonly meta?: Meta }).meta?.resourceVersion

function eventInputsOf({ service, resourceVersion, events }: ServiceWrite): readonly EventInput[] {
  const regarding = { apiVersion: 'v1', kind: 'Service', ...service, resourceVersion }
  return events.map(({ type, reason, message }) => ({ regarding, type, reason, action: reason, note: message }))
}
