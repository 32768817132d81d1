import { compareText, type Ip } from '@loadstone/ip'
import type { PlannedSession } from '@loadstone/plan'
import type { FoundRouters, RouterInterface } from '../messages/messages'

/** Address of the router of an unnumbered session, or what the session waits for. */
export type Located = { readonly address: Ip; readonly warning?: string } | { readonly awaited: string }

/** The router of the running session. */
export type CurrentRouter = { readonly address: Ip; readonly established: boolean }

/**
 * An established session stays with its router: BGP and BFD detect when that router is gone, and a host that only sends router
 * advertisements must not move the session. A session that is down goes to a present router, preferably the one it had.
 */
export function locate(name: string, found: FoundRouters | undefined, held: CurrentRouter | undefined): Located {
  const routers = found?.routers ?? []
  const address = held !== undefined && (held.established || routers.includes(held.address)) ? held.address : routers[0]
  if (address !== undefined) return { address, ...several(name, address, routers) }
  const awaited = found === undefined ? `it is not known yet which router is on ${name}` : (found.problem ?? nobody(name))
  return held === undefined ? { awaited } : { address: held.address, warning: awaited }
}

const nobody = (name: string): string =>
  `no router has been heard on ${name}: the session begins with the first router advertisement there, so let the router send them`

/** Warns when the link has several routers: the plan does not say which one. */
function several(name: string, address: Ip, routers: readonly Ip[]): { readonly warning?: string } {
  const others = routers.filter((one) => one !== address)
  if (others.length === 0) return {}
  return {
    warning: `${name} has other routers beside ${address}: ${others.join(', ')}; an unnumbered session needs a link with one router`,
  }
}

/** The interfaces on which the worker looks for routers, sorted by name. */
export function routerInterfaces(
  sessions: readonly PlannedSession[],
  isEstablished: (peer: string) => boolean,
): readonly RouterInterface[] {
  const awaited = new Map<string, boolean>()
  for (const { peer, interface: name } of sessions) {
    if (name !== undefined) awaited.set(name, awaited.get(name) === true || !isEstablished(peer))
  }
  return [...awaited].map(([name, is]) => ({ name, awaited: is })).sort((a, b) => compareText(a.name, b.name))
}
