import type { Family, Ip } from '@loadstone/ip'
import type { AnnouncementSliceSpec, PlannedSession, RouteSetSpec, ServiceKey } from '@loadstone/plan'
import type { AnnouncementPlanStatus, Condition } from '@loadstone/plan/status'
import type { ConfigObject } from './config-object'
import { compare, type Json } from './json'
import type { NotedAllocation } from './memory'
import type { Meta } from './meta'
import type { Note } from './reasons'
import type { Labels } from './selector'
import type { StatusKind, StatusObject } from './status-object'

/** The addresses that a Service requests, none included, or why the request is invalid. */
export type Request = { readonly ips: readonly Ip[] } | { readonly fault: Note }

export type Port = { readonly protocol: string; readonly port: number }

/** A Service that wants an address or has one from this operator. */
export type Service = {
  readonly meta: Meta
  readonly key: ServiceKey
  /** Whether it is a load balancer of the class served. Otherwise its address is released. */
  readonly wanted: boolean
  /** Addresses in the order of the status. */
  readonly ips: readonly Ip[]
  /** Whether the status has entries that are not IP addresses, such as host names. */
  readonly foreign: boolean
  /** The pool of the addresses, from the annotation of this operator or of MetalLB. */
  readonly allocatedFrom: string | undefined
  /** We have emptied the annotation with the pool, and may take it away now. */
  readonly hasEmptyPool: boolean
  readonly memory: NotedAllocation | undefined
  /** Field managers other than us that write the status, if it is not what we gave. */
  readonly statusWriters: readonly string[]
  readonly families: readonly Family[]
  readonly primary: Family
  readonly stack: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack'
  readonly request: Request
  readonly requestedPool: string | undefined
  readonly shareKey: string | undefined
  /** Services that share an address must agree on it: namespace and selector for Local, nothing for Cluster. */
  readonly backendKey: string
  readonly ports: readonly Port[]
  readonly local: boolean
  readonly healthCheckNodePort: number | undefined
  readonly conditions: readonly Condition[]
  /** Annotations with MetalLB's old prefix that have an effect. */
  readonly deprecated: readonly string[]
}

export type ObservedNode = {
  readonly name: string
  readonly labels: Labels
  readonly ready: boolean
  /** When it became NotReady, in seconds since 1970; 0 if that is not known. */
  readonly notReadySinceSeconds: number
  readonly networkUnavailable: boolean
  readonly outOfService: boolean
  readonly excluded: boolean
  readonly shuttingDown: boolean
  /** An annotation asks the node to hand over what it announces. */
  readonly draining: boolean
  readonly zone: string
}

/** A pod counts as starting for no longer, whatever its kubelet says. */
export const longestStartSeconds = 60

/** One speaker pod. */
export type SpeakerPod = {
  readonly name: string
  readonly uid: string
  readonly node: string
  /** The pod runs, is not being deleted, and its containers are ready. */
  readonly ready: boolean
  /** Seconds since 1970 until which a pod that is not ready counts as starting; 0 if it does not. */
  readonly startingUntilSeconds: number
}

/** Whether a Service has endpoints of a family that serve, and on which nodes. */
type ServingNodes = {
  readonly any: boolean
  readonly nodes: ReadonlySet<string>
  /** Those with an endpoint that is ready, and not only ending. */
  readonly readyNodes: ReadonlySet<string>
}

/** An address is forwarded to endpoints of its own family only. */
export type Endpoints = Readonly<Record<Family, ServingNodes>>

/** A published object: `raw` is the spec in the API, `spec` its valid part. */
export type Published<Spec> = { readonly meta: Meta; readonly raw: Json; readonly spec: Spec }

type PublishedPlanSpec = {
  readonly sessions: readonly PlannedSession[]
  readonly slices: readonly string[]
  readonly routeSets: readonly string[]
}

export type PublishedPlan = Published<PublishedPlanSpec> & {
  readonly status: AnnouncementPlanStatus | undefined
}

/** A Secret that exists. `mark` is set on one of ours: the BGPPeer, by uid and generation, whose password it holds. */
export type Secret = { readonly uid: string; readonly resourceVersion: string; readonly mark: string | undefined }

/** Everything a pass knows, as plain data: no clients and nothing that fetches. */
export type World = {
  readonly services: readonly Service[]
  /** Addresses in the status of Services that are not ours to serve (another class), and who has them. */
  readonly elsewhere: ReadonlyMap<Ip, ServiceKey>
  readonly endpoints: ReadonlyMap<ServiceKey, Endpoints>
  readonly nodes: readonly ObservedNode[]
  readonly namespaces: ReadonlyMap<string, Labels>
  /** By node. */
  readonly speakers: ReadonlyMap<string, readonly SpeakerPod[]>
  readonly configured: readonly ConfigObject[]
  /** Secrets of the configuration's namespace, by name. */
  readonly secrets: ReadonlyMap<string, Secret>
  /** By node. */
  readonly plans: ReadonlyMap<string, PublishedPlan>
  readonly slices: readonly Published<AnnouncementSliceSpec>[]
  readonly routeSets: readonly Published<RouteSetSpec>[]
  /** Undefined while the kind cannot be read, which concerns nothing else. */
  readonly statusObjects: Readonly<Record<StatusKind, readonly StatusObject[] | undefined>>
}

/** Orders Services by age, then by key, independent of the order in which a watch delivers them. */
export const bySeniority = (a: Service, b: Service): number => compare(a.meta.createdAt, b.meta.createdAt) || compare(a.key, b.key)
