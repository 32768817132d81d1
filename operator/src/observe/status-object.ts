import { list, record, text } from '../model/json'
import type { StatusKind, StatusObject } from '../model/status-object'
import { metaOf } from './fields/meta'

/** An object that only tells what is. Its status is compared as it stands, never understood. */
export function parseStatusObject(kind: StatusKind, object: unknown): StatusObject | undefined {
  const meta = metaOf(object)
  if (meta === undefined) return undefined
  const owners = list(record(record(object)['metadata'])['ownerReferences']).flatMap((owner) => text(record(owner)['uid']) ?? [])
  return { kind, meta, owners, status: record(record(object)['status']) }
}
