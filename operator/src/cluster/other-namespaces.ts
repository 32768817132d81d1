import type { Reflection, Resource } from '@loadstone/kube'
import type { OperatorSettings } from '../model/settings'
import type { ConfigResource, WatchedKind } from '../observe/observe'

/** Most misplaced objects of a kind that are told so. Whoever may create them anywhere must not make passes long. */
export const mostMisplaced = 100

/** Kinds of the configuration in all other namespaces, where they have no effect; none if the operator has no right to look there. */
export function misplacedResources(
  { configNamespace, otherNamespaces }: Pick<OperatorSettings, 'configNamespace' | 'otherNamespaces'>,
  watched: Readonly<Record<WatchedKind, Resource>>,
): ReadonlyMap<ConfigResource, Resource> {
  if (!otherNamespaces) return new Map()
  const fieldSelector = `metadata.namespace!=${configNamespace}`
  return new Map(
    configResources.map((kind) => {
      const { namespace: _, ...resource } = watched[kind]
      return [kind, { ...resource, fieldSelector }]
    }),
  )
}

const configResources: readonly ConfigResource[] = [
  'ipaddresspools',
  'l2advertisements',
  'bgpadvertisements',
  'bgppeers',
  'bfdprofiles',
  'communities',
]

/**
 * One reflection of both. Its state is that of the configuration's namespace alone: a list of the others that is forbidden, late or
 * lost freezes nothing, and at worst leaves misplaced objects without a word.
 */
export function withMisplaced<T>(configured: Reflection<T>, misplaced: Reflection<T>): Reflection<T> {
  let joined: { readonly parts: readonly ReadonlyMap<string, T>[]; readonly all: ReadonlyMap<string, T> } | undefined
  return {
    resource: configured.resource,
    state: () => configured.state(),
    objects: () => {
      const parts = [misplaced.objects(), configured.objects()]
      if (joined === undefined || parts.some((part, i) => part !== joined?.parts[i])) {
        const [others = [], own = []] = parts
        joined = { parts, all: new Map([...[...others].slice(0, mostMisplaced), ...own]) }
      }
      return joined.all
    },
    version: () => configured.version() + misplaced.version(),
    resourceVersion: () => configured.resourceVersion(),
    refresh: () => configured.refresh(),
    onChange: (run) => both(configured.onChange(run), misplaced.onChange(run)),
    onEach: (run) => both(configured.onEach(run), misplaced.onEach(run)),
  }
}

const both =
  (...cancels: readonly (() => void)[]): (() => void) =>
  () => {
    for (const cancel of cancels) cancel()
  }
