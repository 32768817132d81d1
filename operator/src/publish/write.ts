import type { Ip } from '@loadstone/ip'
import type { AnnouncementPlanSpec, AnnouncementSliceSpec, RouteSetSpec } from '@loadstone/plan'
import type { Condition } from '@loadstone/plan/status'
import type { ConfigKind } from '../model/definitions'
import type { Json } from '../model/json'
import type { PodOwner, StatusKind } from '../model/status-object'
import type { KeptPassword } from '../plan/bgp/plan-passwords'

/** An event for `kubectl describe`, with MetalLB's reason and text if it has the same event. */
export type EventNote = { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string }

type Target = { readonly namespace: string; readonly name: string; readonly uid: string }

/** All fields of a Service that the operator owns. A field left out is removed. */
export type ServiceWrite = {
  readonly do: 'service-status'
  readonly service: Target
  /** Version of the Service that was decided on. The write fails if the Service has changed since. */
  readonly resourceVersion: string
  /** Empty removes all addresses. Leaving the ingress list out would not, if another manager owns it too. */
  readonly ips: readonly Ip[]
  readonly pool: string | undefined
  /** What we note on it of what it was given; undefined takes the note away. */
  readonly memory: string | undefined
  /** For people, in one line; undefined takes it away. */
  readonly summary: string | undefined
  readonly conditions: readonly Condition[]
  /** Events to record once the write has succeeded. */
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

export type DeleteWrite = {
  readonly do: 'delete'
  readonly kind: PlanKind | StatusKind | 'Secret'
  readonly name: string
  readonly uid: string
}

/** A write with a password, which must not be logged. */
export type PasswordWrite = { readonly do: 'password' } & KeptPassword

export type StatusWrite = {
  readonly do: 'status'
  readonly kind: ConfigKind
  readonly object: Target
  readonly counters: Readonly<Record<string, number>>
  readonly conditions: readonly Condition[]
}

/** An object that only tells what is: its metadata, and once it exists its status. */
export type StatusObjectWrite =
  | {
      readonly do: 'status-object'
      readonly kind: StatusKind
      readonly name: string
      readonly labels: Readonly<Record<string, string>>
      readonly owner: PodOwner | undefined
    }
  | { readonly do: 'status-object-status'; readonly kind: StatusKind; readonly name: string; readonly status: Json }

/** A write as data. ApiCluster performs it. */
export type Write = ServiceWrite | ApplyWrite | DeleteWrite | StatusWrite | StatusObjectWrite | PasswordWrite

/** How a write ended. After a conflict the watch shows the newer object; `failed` says that whether it took effect is unknown. */
export type WriteResult = 'written' | 'gone' | 'conflict' | 'refused' | 'failed' | 'abandoned'

/** The object that a write is for: writes with the same text never run side by side. */
export function objectOf(write: Write): string {
  switch (write.do) {
    case 'service-status':
      return `Service ${write.service.namespace}/${write.service.name}`
    case 'status':
      return `${write.kind} ${write.object.name} status`
    case 'apply':
      return `${write.object.kind} ${write.name}`
    case 'status-object':
    case 'delete':
      return `${write.kind} ${write.name}`
    case 'status-object-status':
      return `${write.kind} ${write.name} status`
    case 'password':
      return `Secret ${write.name}`
  }
}

/**
 * What a pass has to write. `services` first, each as soon as no other Service has what it takes. Then `objects` in phases, in which the
 * order does not matter: a phase begins when the one before has ended, without what depends on a write that did not succeed. `reports`
 * inform people and may be delayed.
 */
export type Publication = {
  readonly services: readonly ServiceWrite[]
  readonly objects: readonly (readonly Write[])[]
  readonly reports: readonly Write[]
}
