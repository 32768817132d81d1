import type { Cancel } from '@loadstone/clock'
import type { FoundRouters, RouterInterface, WorkerEvent } from '../messages/messages'
import type { SocketEvents } from './l2-interfaces'
import { type LinkState, type RouterLink, routerLink } from './links'
import { RouterLinkDiscovery, type RouterLinkDiscoveryDeps, type RouterSocket } from './router-link'

type RouterDiscoveryDeps = Omit<RouterLinkDiscoveryDeps, 'onChange'> & {
  /** Opens a packet socket for router advertisements on the link, or says why there is none. */
  readonly open: (index: number, on: SocketEvents) => RouterSocket | { readonly problem: string }
  readonly post: (message: WorkerEvent) => void
}

/** A watched interface. `link` identifies its link: discovery begins anew with another MAC or link-local address, or a new carrier. */
type DiscoveredInterface = { readonly link?: string; readonly discovery?: RouterLinkDiscovery; readonly problem?: string }

const retryMillis = 1_000

/** Looks for routers on the interfaces of unnumbered sessions. */
export class RouterDiscovery {
  readonly #deps: RouterDiscoveryDeps
  readonly #interfaces = new Map<string, DiscoveredInterface>()
  #links: readonly LinkState[] | undefined
  #desired: readonly RouterInterface[] = []
  #sent = '[]'
  #retry: Cancel | undefined

  constructor(deps: RouterDiscoveryDeps) {
    this.#deps = deps
  }

  links(links: readonly LinkState[]): void {
    this.#links = links
    this.#apply()
  }

  reconcile(interfaces: readonly RouterInterface[]): void {
    this.#desired = interfaces
    this.#apply()
  }

  close(): void {
    this.#retry?.()
    for (const { discovery } of this.#interfaces.values()) discovery?.close()
    this.#interfaces.clear()
  }

  #apply(): void {
    if (this.#links === undefined) return
    const names = new Set(this.#desired.map(({ name }) => name))
    for (const name of [...this.#interfaces.keys()]) if (!names.has(name)) this.#put(name, undefined)
    for (const { name, awaited } of this.#desired) {
      this.#keep(name, routerLink(this.#links, name))
      this.#interfaces.get(name)?.discovery?.setAwaited(awaited)
    }
    this.#sendRouters()
  }

  #keep(name: string, link: RouterLink | { readonly problem: string }): void {
    if ('problem' in link) {
      this.#put(name, link)
      return
    }
    const identity = JSON.stringify(link)
    const known = this.#interfaces.get(name)
    if (known?.discovery !== undefined && known.link === identity) return
    this.#put(name, undefined) // closes the socket on the former link first
    this.#put(name, { link: identity, ...this.#open(name, link) })
  }

  #put(name: string, discovered: DiscoveredInterface | undefined): void {
    this.#interfaces.get(name)?.discovery?.close()
    if (discovered === undefined) this.#interfaces.delete(name)
    else this.#interfaces.set(name, discovered)
  }

  #open(name: string, link: RouterLink): Pick<DiscoveredInterface, 'discovery' | 'problem'> {
    const { clock, random, count, open } = this.#deps
    const socket = open(link.index, {
      frames: (frames) => this.#interfaces.get(name)?.discovery?.receive(frames),
      problem: () => count('routers socket-problem', 1),
    })
    if ('problem' in socket) {
      this.#retryLater()
      return { problem: `interface ${name}: ${socket.problem}` }
    }
    return { discovery: new RouterLinkDiscovery(link, socket, { clock, random, count, onChange: () => this.#sendRouters() }) }
  }

  #retryLater(): void {
    this.#retry ??= this.#deps.clock.after(retryMillis, () => {
      this.#retry = undefined
      this.#apply()
    })
  }

  #sendRouters(): void {
    const found = this.#desired.map(({ name }): FoundRouters => {
      const { discovery, problem } = this.#interfaces.get(name) ?? {}
      return { interface: name, routers: discovery?.routers ?? [], ...(problem === undefined ? {} : { problem }) }
    })
    const text = JSON.stringify(found)
    if (text === this.#sent) return
    this.#sent = text
    this.#deps.post({ is: 'routers', found })
  }
}
