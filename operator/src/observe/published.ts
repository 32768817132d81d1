import type { AnnouncementSliceSpec, RouteSetSpec } from '@loadstone/plan'
import {
  announcementPlanSpec,
  announcementPlanStatus,
  announcementSliceSpec,
  type Contract,
  routeSetSpec,
  type Sound,
  salvage,
} from '@loadstone/plan/contracts'
import type { AnnouncementPlanStatus } from '@loadstone/plan/status'
import { passwordMark } from '../model/annotations'
import { record } from '../model/json'
import type { Published, PublishedPlan, Secret } from '../model/world'
import { specOf } from './fields/fields'
import { metaOf } from './fields/meta'

/** That a Secret exists, and in which version. What it holds does not even come over the wire. */
export function parseSecret(object: unknown): (Secret & { readonly name: string }) | undefined {
  const meta = metaOf(object)
  return meta && { name: meta.name, uid: meta.uid, resourceVersion: meta.resourceVersion, mark: meta.annotations.get(passwordMark) }
}

/**
 * What we wrote before, read back. The schema guards it, yet anybody may have edited it: entries that are not of the contract's
 * shape are left out, which makes them differ from what is wanted, and so they are written anew.
 */
export function parsePublishedPlan(object: unknown): PublishedPlan | undefined {
  const meta = metaOf(object)
  const raw = specOf(object)
  const { sessions, routeSets } = soundOf(announcementPlanSpec, raw)
  return meta && { meta, raw, spec: { sessions, routeSets }, status: planStatus(record(object)['status']) }
}

export function parsePublishedSlice(object: unknown): Published<AnnouncementSliceSpec> | undefined {
  const meta = metaOf(object)
  const raw = specOf(object)
  return meta && { meta, raw, spec: { node: '', ...soundOf(announcementSliceSpec, raw) } }
}

export function parsePublishedSet(object: unknown): Published<RouteSetSpec> | undefined {
  const meta = metaOf(object)
  const raw = specOf(object)
  return meta && { meta, raw, spec: { audience: '', ...soundOf(routeSetSpec, raw) } }
}

/** What a speaker says of itself; undefined until it has said anything. Its summary is for people and wakes nobody here. */
function planStatus(value: unknown): AnnouncementPlanStatus | undefined {
  const { observedGeneration, summary: _, ...status } = soundOf(announcementPlanStatus, value)
  return observedGeneration === undefined ? undefined : { observedGeneration, ...status }
}

const soundOf = <T>(contract: Contract<T>, value: unknown): Sound<T> => salvage(contract, value, '').sound
