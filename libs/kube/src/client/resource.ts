import type { ObjectName } from './object'

/** A kind in the API, optionally limited to a namespace, to objects by selector, or to their metadata. */
export type Resource = {
  /** '' is the core group. */
  readonly group: string
  readonly version: string
  readonly plural: string
  /** Absent: all namespaces, or a cluster-wide kind. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Lists and watches transfer `metadata` only (PartialObjectMetadata). */
  readonly metadataOnly?: boolean
}

/** Path to list, watch and create at. */
export function collectionPath({ group, version, plural, namespace }: Resource): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  return namespace === undefined ? `${root}/${plural}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${plural}`
}

/** Path of one object. Its own namespace takes precedence over the resource's. */
export function objectPath(resource: Resource, { namespace, name }: ObjectName, subresource?: 'status'): string {
  const where = namespace === undefined ? resource : { ...resource, namespace }
  const path = `${collectionPath(where)}/${encodeURIComponent(name)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}
