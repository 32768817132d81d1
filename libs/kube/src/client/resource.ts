import type { ObjectName } from './object'

/** A kind as the API server serves it, and which part of it. */
export type Resource = {
  /** '' is the core group. */
  readonly group: string
  readonly version: string
  readonly plural: string
  /** Absent: all namespaces, or a kind that has none. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Only `metadata` comes over the wire (PartialObjectMetadata). */
  readonly metadataOnly?: boolean
}

/** Where to list, watch and create. */
export function collectionPath({ group, version, plural, namespace }: Resource): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
}

/** Where one object is; the object's own namespace counts, else the resource's. */
export function objectPath(resource: Resource, { namespace, name }: ObjectName, subresource?: 'status'): string {
  const where = namespace === undefined ? resource : { ...resource, namespace }
  const path = `${collectionPath(where)}/${encodeURIComponent(name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}
