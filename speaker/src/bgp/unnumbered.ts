import { compareText, type Ip } from '@loadstone/ip'
import type { PlannedSession } from '@loadstone/plan'
import type { FoundRouters, RouterInterface } from '../messages/messages'

/** Where the router of an unnumbered session is, or what is awaited before it can be known. */
export type Located = { readonly address: Ip; readonly warning?: string } | { readonly awaited: string }

/** The router that the session is with now. */
export type CurrentRouter = { readonly address: Ip; readonly established: boolean }

/**
 * A session that is up stays with its router, whatever is heard: BGP itself and BFD tell when that is gone, and somebody who only sends
 * router advertisements must not move it. One that is not up goes to the router that is there, and prefers the one it was with.
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

/** Which of several it ought to be, nobody has said. */
function several(name: string, address: Ip, routers: readonly Ip[]): { readonly warning?: string } {
  const others = routers.filter((one) => one !== address)
  if (others.length === 0) return {}
  return {
    warning: `${name} has other routers beside ${address}: ${others.join(', ')}; an unnumbered session needs a link with one router`,
  }
}

/** What the wire worker is to watch, by name. */
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
