import type { Cancel } from '@loadstone/clock'
import type { FoundRouters, FromWire, RouterInterface } from '../messages/messages'
import type { SocketEvents } from './l2-interfaces'
import { type LinkSeen, type RouterLink, routerLink } from './links'
import { type RouterSocket, RouterWatch, type RouterWatchPorts } from './router-link'

export type RouterWatchesPorts = Omit<RouterWatchPorts, 'onChange'> & {
  /** A packet socket for router advertisements on the link, or why there is none. */
  readonly open: (index: number, on: SocketEvents) => RouterSocket | { readonly problem: string }
  readonly post: (message: FromWire) => void
}

/** What became of an interface that is to be watched. A link with another MAC or link-local address, or whose carrier is back, is watched anew. */
type Post = { readonly link?: string; readonly watch?: RouterWatch; readonly problem?: string }

const retryMillis = 1_000

/** The interfaces over which unnumbered sessions go. Told the whole truth each time; works out the difference. */
export class RouterWatches {
  readonly #ports: RouterWatchesPorts
  readonly #posts = new Map<string, Post>()
  #links: readonly LinkSeen[] | undefined
  #wanted: readonly RouterInterface[] = []
  #told = '[]'
  #retry: Cancel | undefined

  constructor(ports: RouterWatchesPorts) {
    this.#ports = ports
  }

  links(links: readonly LinkSeen[]): void {
    this.#links = links
    this.#apply()
  }

  reconcile(interfaces: readonly RouterInterface[]): void {
    this.#wanted = interfaces
    this.#apply()
  }

  close(): void {
    this.#retry?.()
    for (const { watch } of this.#posts.values()) watch?.close()
    this.#posts.clear()
  }

  #apply(): void {
    if (this.#links === undefined) return
    const names = new Set(this.#wanted.map(({ name }) => name))
    for (const name of [...this.#posts.keys()]) if (!names.has(name)) this.#put(name, undefined)
    for (const { name, awaited } of this.#wanted) {
      this.#keep(name, routerLink(this.#links, name))
      this.#posts.get(name)?.watch?.await(awaited)
    }
    this.#tell()
  }

  #keep(name: string, link: RouterLink | { readonly problem: string }): void {
    if ('problem' in link) {
      this.#put(name, link)
      return
    }
    const identity = JSON.stringify(link)
    const known = this.#posts.get(name)
    if (known?.watch !== undefined && known.link === identity) return
    this.#put(name, undefined) // a socket on a former link first
    this.#put(name, { link: identity, ...this.#open(name, link) })
  }

  #put(name: string, post: Post | undefined): void {
    this.#posts.get(name)?.watch?.close()
    if (post === undefined) this.#posts.delete(name)
    else this.#posts.set(name, post)
  }

  #open(name: string, link: RouterLink): Pick<Post, 'watch' | 'problem'> {
    const { clock, random, count, open } = this.#ports
    const socket = open(link.index, {
      frames: (frames) => this.#posts.get(name)?.watch?.receive(frames),
      problem: () => count('routers socket-problem', 1),
    })
    if ('problem' in socket) {
      this.#retryLater()
      return { problem: `interface ${name}: ${socket.problem}` }
    }
    return { watch: new RouterWatch(link, socket, { clock, random, count, onChange: () => this.#tell() }) }
  }

  #retryLater(): void {
    this.#retry ??= this.#ports.clock.after(retryMillis, () => {
      this.#retry = undefined
      this.#apply()
    })
  }

  #tell(): void {
    const found = this.#wanted.map(({ name }): FoundRouters => {
      const { watch, problem } = this.#posts.get(name) ?? {}
      return { interface: name, routers: watch?.routers ?? [], ...(problem === undefined ? {} : { problem }) }
    })
    const text = JSON.stringify(found)
    if (text === this.#told) return
    this.#told = text
    this.#ports.post({ is: 'routers', found })
  }
}
