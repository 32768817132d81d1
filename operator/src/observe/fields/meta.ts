import type { Condition, ConditionStatus } from '@loadstone/plan/status'
import { filled, list, record, text, textMap, whole } from '../../model/json'
import type { Meta } from '../../model/meta'

/** The metadata of an object; undefined if it has no name. */
export function metaOf(object: unknown): Meta | undefined {
  const meta = record(record(object)['metadata'])
  const name = filled(meta['name'])
  if (name === undefined) return undefined
  return {
    name,
    namespace: text(meta['namespace']) ?? '',
    uid: text(meta['uid']) ?? '',
    resourceVersion: text(meta['resourceVersion']) ?? '',
    generation: whole(meta['generation']) ?? 0,
    createdAt: text(meta['creationTimestamp']) ?? '',
    labels: textMap(meta['labels']),
    annotations: ours(textMap(meta['annotations'])),
  }
}

/** Only annotations that the operator reads, since others may be large and change often. */
const ours = (annotations: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...annotations].filter(([key]) => /^(metallb\.|loadstone\.dev\/)/.test(key)))

const statuses = new Set<unknown>(['True', 'False', 'Unknown'])

/** The valid entries of status.conditions. */
export function conditionsOf(object: unknown): readonly Condition[] {
  return list(record(record(object)['status'])['conditions']).flatMap((value) => {
    const item = record(value)
    const type = filled(item['type'])
    if (type === undefined || !statuses.has(item['status'])) return []
    const observedGeneration = whole(item['observedGeneration'])
    return [
      {
        type,
        status: item['status'] as ConditionStatus,
        reason: text(item['reason']) ?? '',
        message: text(item['message']) ?? '',
        lastTransitionTime: text(item['lastTransitionTime']) ?? '',
        ...(observedGeneration === undefined ? {} : { observedGeneration }),
      },
    ]
  })
}

/** The fields of the status that are whole numbers. */
export function countersOf(object: unknown): ReadonlyMap<string, number> {
  const entries = Object.entries(record(record(object)['status'])).filter((entry): entry is [string, number] => Number.isInteger(entry[1]))
  return new Map(entries)
}
