import { familyOf } from '@loadstone/ip'
import { Listener } from 'bgp-js'
import type { AcceptConnection, Connection, ListenOptions, TcpTransport } from 'bgp-js/transport'
import type { MakeListener } from '../../src/bgp/listeners'
import { ip } from '../builders'

type Open = { readonly at: ListenOptions; readonly accept: AcceptConnection }

const line: Connection = { send: () => true, waiting: () => false, close: () => Promise.resolve() }

/** The listening sockets of a node, which exclude each other as Linux has it: by family, and where one of two is bound to no interface. */
export class SimListeners {
  readonly #open = new Set<Open>()
  /** Somebody else on the node has the port. */
  taken = false
  attempts = 0
  readonly #transport: TcpTransport = { connect: () => line, listen: (at, accept) => this.#listen(at, accept) }

  readonly listen: MakeListener = (options, peers) => new Listener(options, peers, this.#transport)

  /** Where it listens, with the keys of TCP-MD5. */
  open(): string[] {
    return [...this.#open].map(({ at }) => [`${at.address} ${at.port}`, at.interface ?? [], at.md5.map(({ peer, key }) => `${peer}=${key}`)].flat(2).join(' ')).sort() // biome-ignore format: one line
  }

  /** Somebody connects, over a link if the address is one of a link, and hangs up again. */
  connect(from: string, link?: string): 'taken' | 'closed' | 'nobody listens' {
    const family = familyOf(ip(from))
    const places = [...this.#open].filter(({ at }) => familyOf(at.address) === family && (at.interface ?? link) === link)
    const place = places.find(({ at }) => at.interface !== undefined) ?? places[0]
    if (place === undefined) return 'nobody listens'
    const taken = place.accept(line, ip(from), link)
    if (taken === undefined) return 'closed'
    taken.onUp(place.at.address, ip(from))
    taken.onDown({ code: 'closed', message: 'closed by the peer' })
    return 'taken'
  }

  async #listen(at: ListenOptions, accept: AcceptConnection): Promise<() => Promise<void>> {
    this.attempts++
    await Promise.resolve() // as the real one, it has not listened yet when it returns
    const excludes = ({ at: other }: Open): boolean =>
      familyOf(other.address) === familyOf(at.address) &&
      (other.interface === undefined || at.interface === undefined || other.interface === at.interface)
    if (this.taken || [...this.#open].some(excludes))
      throw new Error(`bind ${at.address} port ${at.port}: address already in use (EADDRINUSE)`)
    const opened = { at, accept }
    this.#open.add(opened)
    return async () => void this.#open.delete(opened)
  }
}
