import type { ConfigObject } from '../model/config-object'
import type { ConfigKind } from '../model/definitions'
import { filled, record } from '../model/json'
import type { Labels } from '../model/selector'
import type { OperatorSettings } from '../model/settings'
import type { StatusObject } from '../model/status-object'
import type { ObservedNode, Published, PublishedPlan, Service, SpeakerPod, World } from '../model/world'
import { metaOf } from './fields/meta'
import { endpointsByService, parseEndpointSlice, type SliceEndpoints } from './kubernetes/endpoints'
import { parseNode, parseSpeakerPod } from './kubernetes/node'
import { type ForeignService, parseService } from './kubernetes/service'
import { parseConfigObject } from './metallb/config-object'
import { parsePublishedPlan, parsePublishedSet, parsePublishedSlice, parseSecret } from './published'
import { parseStatusObject } from './status-object'

/** The part kept of each object, by kind. */
export type ParsedKinds = {
  readonly services: Service | ForeignService
  readonly endpointslices: SliceEndpoints
  readonly nodes: ObservedNode
  readonly namespaces: { readonly name: string; readonly labels: Labels }
  readonly pods: SpeakerPod
  readonly ipaddresspools: ConfigObject
  readonly l2advertisements: ConfigObject
  readonly bgpadvertisements: ConfigObject
  readonly bgppeers: ConfigObject
  readonly bfdprofiles: ConfigObject
  readonly communities: ConfigObject
  readonly secrets: NonNullable<ReturnType<typeof parseSecret>>
  readonly announcementplans: PublishedPlan
  readonly announcementslices: NonNullable<ReturnType<typeof parsePublishedSlice>>
  readonly routesets: NonNullable<ReturnType<typeof parsePublishedSet>>
  readonly servicel2statuses: StatusObject
  readonly servicebgpstatuses: StatusObject
  readonly configurationstates: StatusObject
}
export type WatchedKind = keyof ParsedKinds
/** The kinds of the configuration. */
export type ConfigResource = { [K in WatchedKind]: ParsedKinds[K] extends ConfigObject ? K : never }[WatchedKind]
export type Projections = { readonly [K in WatchedKind]: (object: unknown) => ParsedKinds[K] | undefined }
/** Kinds that only tell what is. One that cannot be read, such as where older CRDs are installed, stops nothing else. */
export const tellingKinds: ReadonlySet<WatchedKind> = new Set(['servicel2statuses', 'servicebgpstatuses', 'configurationstates'])
/** Undefined: a telling kind that cannot be read. */
export type ObservedObjects = {
  readonly [K in WatchedKind]: Iterable<ParsedKinds[K] | undefined> | (ParsedKinds[K] extends StatusObject ? undefined : never)
}

/**
 * A parser for each kind, which returns the part of an object that affects decisions, or undefined if the object does not. Parsers
 * never throw. A change outside that part, such as a heartbeat, causes no pass.
 */
export function projections(settings: OperatorSettings): Projections {
  const { namespace, configNamespace } = settings
  const config = (kind: ConfigKind) => (object: unknown) => parseConfigObject(kind, object, configNamespace)
  return {
    services: (object) => parseService(object, settings.lbClass),
    endpointslices: parseEndpointSlice,
    nodes: (object) => parseNode(object, settings.ignoreExcludeLabel),
    namespaces: (object) => {
      const meta = metaOf(object)
      return meta && { name: meta.name, labels: meta.labels }
    },
    pods: (object) => parseSpeakerPod(object, settings.speakerSelector),
    ipaddresspools: config('IPAddressPool'),
    l2advertisements: config('L2Advertisement'),
    bgpadvertisements: config('BGPAdvertisement'),
    bgppeers: config('BGPPeer'),
    bfdprofiles: config('BFDProfile'),
    communities: config('Community'),
    secrets: within(configNamespace, parseSecret),
    announcementplans: within(namespace, parsePublishedPlan),
    announcementslices: within(namespace, parsePublishedSlice),
    routesets: within(namespace, parsePublishedSet),
    servicel2statuses: within(namespace, (object) => parseStatusObject('ServiceL2Status', object)),
    servicebgpstatuses: within(namespace, (object) => parseStatusObject('ServiceBGPStatus', object)),
    configurationstates: within(namespace, (object) => parseStatusObject('ConfigurationState', object)),
  }
}

const within =
  <T>(namespace: string, parse: (object: unknown) => T) =>
  (object: unknown): T | undefined =>
    filled(record(record(object)['metadata'])['namespace']) === namespace ? parse(object) : undefined

/** The world of one pass, from all objects observed. */
export function buildWorld(observed: ObservedObjects): World {
  const services = present(observed.services)
  return {
    services: services.filter((service): service is Service => !('elsewhere' in service)),
    elsewhere: new Map(services.flatMap((service) => ('elsewhere' in service ? service.elsewhere.map((ip) => [ip, service.key]) : []))),
    endpoints: endpointsByService(present(observed.endpointslices)),
    nodes: present(observed.nodes),
    namespaces: new Map(present(observed.namespaces).map(({ name, labels }) => [name, labels])),
    speakers: byNode(present(observed.pods)),
    configured: [
      ...present(observed.ipaddresspools),
      ...present(observed.l2advertisements),
      ...present(observed.bgpadvertisements),
      ...present(observed.bgppeers),
      ...present(observed.bfdprofiles),
      ...present(observed.communities),
    ],
    secrets: new Map(present(observed.secrets).map((secret) => [secret.name, secret])),
    plans: new Map(present(observed.announcementplans).map((plan) => [plan.meta.name, plan])),
    slices: present(observed.announcementslices).sort(byName),
    routeSets: present(observed.routesets).sort(byName),
    statusObjects: {
      ServiceL2Status: observed.servicel2statuses && present(observed.servicel2statuses),
      ServiceBGPStatus: observed.servicebgpstatuses && present(observed.servicebgpstatuses),
      ConfigurationState: observed.configurationstates && present(observed.configurationstates),
    },
  }
}

function present<T>(objects: Iterable<T | undefined>): T[] {
  const found: T[] = []
  for (const object of objects) if (object !== undefined) found.push(object)
  return found
}

/** Orders slices as they are filled: -2 before -10. */
const byName = (a: Published<unknown>, b: Published<unknown>): number =>
  a.meta.name.length - b.meta.name.length || (a.meta.name < b.meta.name ? -1 : 1)

function byNode(pods: readonly SpeakerPod[]): ReadonlyMap<string, readonly SpeakerPod[]> {
  const found = new Map<string, SpeakerPod[]>()
  for (const pod of pods) {
    const known = found.get(pod.node)
    if (known === undefined) found.set(pod.node, [pod])
    else known.push(pod)
  }
  return found
}
