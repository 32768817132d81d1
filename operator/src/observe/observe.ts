import type { ConfigKind } from '../config/definitions'
import type { Labels } from '../selector'
import type { Settings } from '../settings'
import type { Published, PublishedPlan, SpeakerPod, World } from '../world'
import { parseConfigObject } from './config-object'
import { gatherEndpoints, parseEndpointSlice } from './endpoints'
import { metaOf } from './meta'
import { parseNode, parseSpeakerPod } from './node'
import { parsePublishedPlan, parsePublishedSet, parsePublishedSlice } from './published'
import { parseService } from './service'

/** The kinds one pass needs, and what the API holds of each. */
export const kinds = [
  'services',
  'endpointslices',
  'nodes',
  'namespaces',
  'pods',
  'ipaddresspools',
  'l2advertisements',
  'bgpadvertisements',
  'bgppeers',
  'bfdprofiles',
  'communities',
  'secrets',
  'announcementplans',
  'announcementslices',
  'routesets',
] as const
export type Kind = (typeof kinds)[number]
export type Seen = Readonly<Record<Kind, Iterable<unknown>>>

const configKinds: Readonly<Partial<Record<Kind, ConfigKind>>> = {
  ipaddresspools: 'IPAddressPool',
  l2advertisements: 'L2Advertisement',
  bgpadvertisements: 'BGPAdvertisement',
  bgppeers: 'BGPPeer',
  bfdprofiles: 'BFDProfile',
  communities: 'Community',
}

/**
 * Turns API objects into a World. Each object is parsed once: objects are never changed in place, so the same object has the same
 * meaning in the next pass, and a pass costs what has changed.
 */
export function observer(settings: Settings): (seen: Seen) => World {
  const { configNamespace, namespace } = settings
  const service = remembered((object) => parseService(object, settings.lbClass))
  const endpoints = remembered(parseEndpointSlice)
  const node = remembered((object) => parseNode(object, settings.ignoreExcludeLabel))
  const pod = remembered((object) => parseSpeakerPod(object, settings.speakerSelector))
  const meta = remembered(metaOf)
  const plan = remembered(inNamespace(namespace, parsePublishedPlan))
  const slice = remembered(inNamespace(namespace, parsePublishedSlice))
  const routeSet = remembered(inNamespace(namespace, parsePublishedSet))
  const configured = Object.entries(configKinds).map(([kind, name]) => ({
    kind: kind as Kind,
    parse: remembered((object) => parseConfigObject(name, object, configNamespace)),
  }))
  return (seen) => ({
    services: all(seen.services, service),
    endpoints: gatherEndpoints(all(seen.endpointslices, endpoints)),
    nodes: all(seen.nodes, node),
    namespaces: new Map(all(seen.namespaces, meta).map(({ name, labels }): [string, Labels] => [name, labels])),
    speakers: byNode(all(seen.pods, pod)),
    configured: configured.flatMap(({ kind, parse }) => all(seen[kind], parse)),
    secrets: new Map(
      all(seen.secrets, meta).flatMap(({ name, namespace: at, resourceVersion }) =>
        at === configNamespace ? [[name, resourceVersion]] : [],
      ),
    ),
    plans: new Map(all(seen.announcementplans, plan).map((published): [string, PublishedPlan] => [published.meta.name, published])),
    slices: all(seen.announcementslices, slice),
    routeSets: all(seen.routesets, routeSet),
  })
}

function remembered<T>(parse: (object: unknown) => T): (object: unknown) => T {
  const known = new WeakMap<object, T>()
  return (object) => {
    if (typeof object !== 'object' || object === null) return parse(object)
    if (known.has(object)) return known.get(object) as T
    const parsed = parse(object)
    known.set(object, parsed)
    return parsed
  }
}

const inNamespace =
  <P extends Published<unknown>>(namespace: string, parse: (object: unknown) => P | undefined) =>
  (object: unknown): P | undefined => {
    const published = parse(object)
    return published?.meta.namespace === namespace ? published : undefined
  }

function all<T>(objects: Iterable<unknown>, parse: (object: unknown) => T | undefined): T[] {
  const found: T[] = []
  for (const object of objects) {
    const parsed = parse(object)
    if (parsed !== undefined) found.push(parsed)
  }
  return found
}

function byNode(pods: readonly SpeakerPod[]): ReadonlyMap<string, readonly SpeakerPod[]> {
  const found = new Map<string, SpeakerPod[]>()
  for (const pod of pods) found.set(pod.node, [...(found.get(pod.node) ?? []), pod])
  return found
}
