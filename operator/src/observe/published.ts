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

/** A Secret's metadata; its data is not transferred. */
export function parseSecret(object: unknown): (Secret & { readonly name: string }) | undefined {
  const meta = metaOf(object)
  return meta && { name: meta.name, uid: meta.uid, resourceVersion: meta.resourceVersion, mark: meta.annotations.get(passwordMark) }
}

/**
 * A published plan. Somebody may have edited it: entries outside the contract are left out, so they differ from the desired ones and
 * are written again.
 */
export function parsePublishedPlan(object: unknown): PublishedPlan | undefined {
  const meta = metaOf(object)
  const raw = specOf(object)
  const { sessions, slices, routeSets } = soundOf(announcementPlanSpec, raw)
  return meta && { meta, raw, spec: { sessions, slices, routeSets }, status: planStatus(record(object)['status']) }
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

/** The status that a speaker reports; undefined before its first report. The summary is left out, so that it causes no pass. */
function planStatus(value: unknown): AnnouncementPlanStatus | undefined {
  const { observedGeneration, summary: _, ...status } = soundOf(announcementPlanStatus, value)
  return observedGeneration === undefined ? undefined : { observedGeneration, ...status }
}

const soundOf = <T>(contract: Contract<T>, value: unknown): Sound<T> => salvage(contract, value, '').sound
