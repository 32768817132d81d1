import type { Family, Ip } from '@loadstone/ip'
import type { AnnouncementSliceSpec, PlannedSession, RouteSetSpec, ServiceKey } from '@loadstone/plan'
import type { AnnouncementPlanStatus, Condition } from '@loadstone/plan/status'
import type { ConfigObject } from './config-object'
import { compare, type Json } from './json'
import type { Meta } from './meta'
import type { Note } from './reasons'
import type { Labels } from './selector'

/** What the Service asks for: an address, or why what it asks for cannot be understood. */
export type Request = { readonly ips: readonly Ip[] } | { readonly fault: Note }

export type Port = { readonly protocol: string; readonly port: number }

/** A Service that has an address from us or wants one. */
export type Service = {
  readonly meta: Meta
  readonly key: ServiceKey
  /** It is a load balancer, and of the class we serve. Otherwise it holds an address that it must give back. */
  readonly wanted: boolean
  /** In status order. */
  readonly ips: readonly Ip[]
  /** Status entries that are no address of ours to keep: host names, unparsable text. */
  readonly foreign: boolean
  /** The pool that the status was given from (annotation), if we or MetalLB wrote it. */
  readonly allocatedFrom: string | undefined
  readonly families: readonly Family[]
  readonly primary: Family
  readonly stack: 'SingleStack' | 'PreferDualStack' | 'RequireDualStack'
  readonly request: Request
  readonly requestedPool: string | undefined
  readonly shareKey: string | undefined
  /** Services that share an address must agree on it: the selector for Local, nothing for Cluster (MetalLB). */
  readonly backendKey: string
  readonly ports: readonly Port[]
  readonly local: boolean
  readonly healthCheckNodePort: number | undefined
  readonly conditions: readonly Condition[]
  /** Annotations under MetalLB's old prefix that had an effect. */
  readonly deprecated: readonly string[]
}

export type ObservedNode = {
  readonly name: string
  readonly labels: Labels
  readonly ready: boolean
  readonly networkUnavailable: boolean
  readonly outOfService: boolean
  readonly excluded: boolean
  readonly shuttingDown: boolean
  /** Somebody asks it to hand over what it announces. */
  readonly draining: boolean
  readonly zone: string
  /** Where its speaker can be reached. */
  readonly address: Ip | undefined
}

/** One speaker pod. */
export type SpeakerPod = {
  readonly node: string
  /** Runs, is not being deleted, and its containers are ready. */
  readonly ready: boolean
  /** Seconds since 1970 until which it counts as only starting, if it is not ready; 0: it should have been by now. */
  readonly startingUntilSeconds: number
}

/** Where a Service's traffic can be served now. */
export type Endpoints = {
  readonly any: boolean
  readonly nodes: ReadonlySet<string>
}

/** What we wrote before: as it stands in the API, and the part of it that is still of the contract's shape. */
export type Published<Spec> = { readonly meta: Meta; readonly raw: Json; readonly spec: Spec }

export type PublishedPlan = Published<{ readonly sessions: readonly PlannedSession[]; readonly routeSets: readonly string[] }> & {
  readonly status: AnnouncementPlanStatus | undefined
}

/** A Secret that exists. `mark` is set on one of ours: the BGPPeer, by uid and generation, whose password it holds. */
export type Secret = { readonly uid: string; readonly resourceVersion: string; readonly mark: string | undefined }

/** Everything a pass knows, as plain data: no clients and nothing that fetches. */
export type World = {
  readonly services: readonly Service[]
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
}

/** Age decides, then name: never the order in which a watch happened to deliver. */
export const bySeniority = (a: Service, b: Service): number => compare(a.meta.createdAt, b.meta.createdAt) || compare(a.key, b.key)
