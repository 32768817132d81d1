import type { Ip } from '@loadstone/ip'
import type { AnnouncementPlanSpec, AnnouncementSliceSpec, RouteSetSpec } from '@loadstone/plan'
import type { Condition } from '@loadstone/plan/status'
import type { ConfigKind } from '../model/definitions'
import type { KeptPassword } from '../plan/bgp/plan-passwords'

/** For `kubectl describe`. Names and texts are MetalLB's where it has one for the case. */
export type EventNote = { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string }

type Target = { readonly namespace: string; readonly name: string; readonly uid: string }

/** The whole of what we own in a Service: what is left out here is taken away. */
export type ServiceWrite = {
  readonly do: 'service-status'
  readonly service: Target
  /** Fails if the Service has changed since: an address is given and taken on what was seen, or not at all. */
  readonly resourceVersion: string
  /** Empty clears: an ingress list that is merely released by its owner would stay. */
  readonly ips: readonly Ip[]
  readonly pool: string | undefined
  readonly conditions: readonly Condition[]
  /** To be told once the write has succeeded. */
  readonly events: readonly EventNote[]
}

export type PlanObject =
  | { readonly kind: 'AnnouncementPlan'; readonly spec: AnnouncementPlanSpec }
  | { readonly kind: 'AnnouncementSlice'; readonly spec: AnnouncementSliceSpec }
  | { readonly kind: 'RouteSet'; readonly spec: RouteSetSpec }
type PlanKind = PlanObject['kind']

export type ApplyWrite = {
  readonly do: 'apply'
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly object: PlanObject
}

export type DeleteWrite = { readonly do: 'delete'; readonly kind: PlanKind | 'Secret'; readonly name: string; readonly uid: string }

/** The only write with something in it that nobody may see: it is not to be told as it is. */
export type PasswordWrite = { readonly do: 'password' } & KeptPassword

export type StatusWrite = {
  readonly do: 'status'
  readonly kind: ConfigKind
  readonly object: Target
  readonly counters: Readonly<Record<string, number>>
  readonly conditions: readonly Condition[]
}

/** Writes are data, so that a test can read them and the shell alone performs them. */
export type Write = ServiceWrite | ApplyWrite | DeleteWrite | StatusWrite | PasswordWrite

/**
 * What to write, in order: a phase begins when the one before it is done, and within a phase the order does not matter.
 * `reports` are for people and may come later.
 */
export type Publication = { readonly phases: readonly (readonly Write[])[]; readonly reports: readonly Write[] }
