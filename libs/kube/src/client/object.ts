import type { ObjectMeta } from '@loadstone/crds'

/** An object of the API server, unvalidated beyond `metadata`. A reader of any other field parses it. */
export type KubeObject = {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ObjectMeta & { readonly name: string; readonly resourceVersion: string }
  readonly [field: string]: unknown
}

export type ObjectName = { readonly namespace?: string; readonly name: string }

/** `namespace/name`, or `name` for an object of a cluster-wide kind. */
export function keyOf({ namespace, name }: ObjectName): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * The object as `project` of a reflection that keeps whole objects: without managedFields and last-applied-configuration, which are
 * often larger than the rest.
 */
export function whole(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata as KubeObject['metadata'] & { readonly managedFields?: unknown }
  if (metadata.annotations?.[lastApplied] === undefined) return { ...object, metadata }
  const { [lastApplied]: __, ...annotations } = metadata.annotations
  return { ...object, metadata: { ...metadata, annotations } }
}
