import type { Scope } from '../model/definitions'
import { matchesAny } from '../model/selector'
import type { Service } from '../model/world'
import { covers, type Pool } from './config'

type Advertisement = { readonly name: string; readonly definition: Scope; readonly except?: ReadonlySet<string> }

/** Finds the advertisements of a Service. Those that cover a pool are computed once per pool. */
export function coverage<A extends Advertisement>(advertisements: readonly A[]): (service: Service, pool: Pool) => readonly A[] {
  const byPool = new Map<string, readonly A[]>()
  return (service, pool) => {
    const covering =
      byPool.get(pool.name) ??
      advertisements.filter(({ definition, except }) => covers(definition, pool) && except?.has(pool.name) !== true)
    byPool.set(pool.name, covering)
    // An identical array for all Services, unless an advertisement selects Services: results that depend on it can be cached.
    if (!covering.some(({ definition }) => definition.serviceSelectors.length > 0)) return covering
    return covering.filter(({ definition }) => matchesAny(definition.serviceSelectors, service.meta.labels))
  }
}
