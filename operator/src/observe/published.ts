import { parseIp } from '@loadstone/ip'
import type {
  AnnouncementPlanStatus,
  AnnouncementSliceSpec,
  ClaimStatus,
  InterfaceStatus,
  L2Entry,
  PlannedRoute,
  PlannedSession,
  RouteSetSpec,
  SessionStatus,
} from '@loadstone/plan'
import { passwordMark } from '../model/annotations'
import { filled, isRecord, list, record, text, texts, whole } from '../model/json'
import type { Published, PublishedPlan, Secret } from '../model/world'
import { specOf } from './fields'
import { conditionsOf, metaOf } from './meta'

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
  const spec = { sessions: list(raw['sessions']).filter(isSession), routeSets: texts(raw['routeSets']) }
  return meta && { meta, raw, spec, status: planStatus(record(object)['status']) }
}

export function parsePublishedSlice(object: unknown): Published<AnnouncementSliceSpec> | undefined {
  const meta = metaOf(object)
  const raw = specOf(object)
  return (
    meta && {
      meta,
      raw,
      spec: { node: text(raw['node']) ?? '', l2: list(raw['l2']).filter(isEntry), routes: list(raw['routes']).filter(isRoute) },
    }
  )
}

export function parsePublishedSet(object: unknown): Published<RouteSetSpec> | undefined {
  const meta = metaOf(object)
  const raw = specOf(object)
  return meta && { meta, raw, spec: { audience: text(raw['audience']) ?? '', routes: list(raw['routes']).filter(isRoute) } }
}

const isSession = (value: unknown): value is PlannedSession =>
  isRecord(value) && filled(value['peer']) !== undefined && (isAddress(value['address']) || filled(value['interface']) !== undefined)

const isEntry = (value: unknown): value is L2Entry =>
  isRecord(value) &&
  isAddress(value['address']) &&
  whole(value['term']) !== undefined &&
  isTextList(value['candidates']) &&
  isTextList(value['services']) &&
  isTextList(value['interfaces'] ?? [])

const isRoute = (value: unknown): value is PlannedRoute =>
  isRecord(value) &&
  filled(value['prefix']) !== undefined &&
  isTextList(value['services']) &&
  isTextList(value['peers'] ?? []) &&
  isTextList(value['communities'] ?? [])

const isAddress = (value: unknown): boolean => typeof value === 'string' && parseIp(value) === value
const isTextList = (value: unknown): boolean => Array.isArray(value) && value.every((item) => typeof item === 'string')

/** What a speaker says of itself; undefined until it has said anything. */
function planStatus(value: unknown): AnnouncementPlanStatus | undefined {
  const status = record(value)
  const observedGeneration = whole(status['observedGeneration'])
  if (observedGeneration === undefined) return undefined
  return {
    observedGeneration,
    observedRouteSets: texts(status['observedRouteSets']),
    observedSlices: texts(status['observedSlices']),
    interfaces: list(status['interfaces']).flatMap(interfaceOf),
    sessions: list(status['sessions']).filter(
      (session): session is SessionStatus =>
        isRecord(session) && filled(session['peer']) !== undefined && filled(session['state']) !== undefined,
    ),
    claims: list(status['claims']).flatMap(claimOf),
    conditions: conditionsOf({ status }),
  }
}

function interfaceOf(value: unknown): readonly InterfaceStatus[] {
  const item = record(value)
  const name = filled(item['name'])
  return name === undefined ? [] : [{ name, mac: text(item['mac']) ?? '', up: item['up'] === true, addresses: texts(item['addresses']) }]
}

function claimOf(value: unknown): readonly ClaimStatus[] {
  const claim = record(value)
  const [address, term] = [parseIp(text(claim['address']) ?? ''), whole(claim['term'])]
  if (address === undefined || term === undefined) return []
  return [{ address, term, takeovers: whole(claim['takeovers']) ?? 0, interfaces: texts(claim['interfaces']) }]
}
