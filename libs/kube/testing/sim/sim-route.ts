import type { KubeObject } from '../../src'

export type SimKind = {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  /** Defaults that the server adds, and what it stores in another form than it was given. */
  readonly tidy?: (object: KubeObject) => KubeObject
}

export type SimRoute = { readonly kind: string; readonly namespace?: string; readonly name?: string; readonly status: boolean }

/** `/api/v1/…` or `/apis/group/version/…`, then `[namespaces/x/]plural[/name[/status]]`. The kind is `group/version/plural`. */
export function routeOf(path: string): SimRoute {
  const [, root, ...rest] = path.split('/').map(decodeURIComponent)
  const [group = '', version = '', ...where] = root === 'api' ? ['', ...rest] : rest
  const inNamespace = where[0] === 'namespaces' && where.length > 2
  const [plural = '', name, part] = inNamespace ? where.slice(2) : where
  return {
    kind: `${group}/${version}/${plural}`,
    ...(inNamespace && where[1] !== undefined && { namespace: where[1] }),
    ...(name !== undefined && { name }),
    status: part === 'status',
  }
}

export type Selection = { readonly namespace?: string | undefined; readonly labelSelector: string; readonly fieldSelector: string }

/** Whether an object matches the namespace, the label selector (equality only) and a field selector on its name or namespace. */
export function selects({ namespace, labelSelector, fieldSelector }: Selection, { metadata }: KubeObject): boolean {
  const pairs = (selector: string): readonly string[][] =>
    selector
      .split(',')
      .filter(Boolean)
      .map((pair) => pair.split(/==?/))
  return (
    (namespace === undefined || metadata.namespace === namespace) &&
    pairs(labelSelector).every(([label = '', value]) => metadata.labels?.[label] === value) &&
    pairs(fieldSelector).every(([field = '', value]) => {
      const found = field.startsWith('metadata.namespace') ? metadata.namespace : metadata.name
      return (found === value) !== field.endsWith('!')
    })
  )
}
