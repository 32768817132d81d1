import type { Scope } from '../model/definitions'
import { matchesAny } from '../model/selector'
import type { Service } from '../model/world'
import { covers, type Pool } from './config'

type Advertisement = { readonly name: string; readonly definition: Scope; readonly except?: ReadonlySet<string> }

/** Finds the advertisements of a Service. Which cover a pool is worked out once per pool. */
export function coverage<A extends Advertisement>(advertisements: readonly A[]): (service: Service, pool: Pool) => readonly A[] {
  const byPool = new Map<string, readonly A[]>()
  return (service, pool) => {
    const covering =
      byPool.get(pool.name) ??
      advertisements.filter(({ definition, except }) => covers(definition, pool) && except?.has(pool.name) !== true)
    byPool.set(pool.name, covering)
    // The same array for every Service, unless an advertisement chooses among them: what depends on it is then worked out once.
    if (!covering.some(({ definition }) => definition.serviceSelectors.length > 0)) return covering
    return covering.filter(({ definition }) => matchesAny(definition.serviceSelectors, service.meta.labels))
  }
}
