import type { ObjectMeta } from '@loadstone/crds'

/** Any object the API server gave us. Unknown fields stay; whoever reads one parses it. */
export type KubeObject = {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: ObjectMeta & { readonly name: string; readonly resourceVersion: string }
  readonly [field: string]: unknown
}

export type ObjectName = { readonly namespace?: string; readonly name: string }

/** `namespace/name`, or `name` alone for what has no namespace. */
export function keyOf({ namespace, name }: ObjectName): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}

/** For a reflection that keeps objects as they are. */
export const whole = (object: KubeObject): KubeObject => object
