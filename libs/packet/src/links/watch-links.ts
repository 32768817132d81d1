import { domain, socketType } from '../kernel/constants'
import { MessageBuffers } from '../kernel/message-buffers'
import { check, native, SocketError } from '../kernel/native'
import { sendAll } from '../kernel/send'
import { sockaddrNl } from '../kernel/sockaddr'
import { type Event, emptyTable, type Link, linksOf, step } from './link-table'
import { decodeRtnetlink, dumpRequest } from './rtnetlink'

export type LinkWatchOptions = {
  /** All links, by index: once when the first dump is complete, then after each change. */
  onChange(links: readonly Link[]): void
  onError(error: SocketError): void
}

export type LinkWatch = {
  /** Empty until the first onChange. */
  links(): readonly Link[]
  close(): void
}

/** RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR. */
const groups = 0x1 | 0x10 | 0x100
/** The kernel fills dump messages up to 32 kB when the reader offers that much. */
const longestDatagram = 32_768

/** The interfaces of this network namespace and their addresses, kept current by rtnetlink events. Needs no capability. Throws SocketError. */
export function watchLinks(options: LinkWatchOptions): LinkWatch {
  const fd = check('socket(AF_NETLINK)', native().socket(domain.netlink, socketType.raw, 0))
  try {
    check('bind to RTMGRP_LINK', native().bind(fd, sockaddrNl(groups)))
    return new Watch(fd, options).begin()
  } catch (error) {
    native().close(fd)
    throw error
  }
}

class Watch implements LinkWatch {
  readonly #fd: number
  readonly #options: LinkWatchOptions
  readonly #incoming = new MessageBuffers(longestDatagram, 8)
  readonly #outgoing = new MessageBuffers(64, 1)
  #table = emptyTable
  #links: readonly Link[] | undefined
  #open = true

  constructor(fd: number, options: LinkWatchOptions) {
    this.#fd = fd
    this.#options = options
  }

  begin(): this {
    const { memory, slotSize } = this.#incoming
    check(
      'watch',
      native().watch(this.#fd, memory, slotSize, (count) => this.#receive(count)),
    )
    this.#ask('links')
    return this
  }

  links(): readonly Link[] {
    return this.#links ?? []
  }

  close(): void {
    if (this.#open) native().close(this.#fd)
    this.#open = false
  }

  #receive(count: number): void {
    for (const event of this.#events(count)) {
      const { table, ask } = step(this.#table, event)
      this.#table = table
      if (event.is === 'refused') this.#options.onError(new SocketError('rtnetlink dump', event.negativeErrno))
      if (ask !== undefined) this.#ask(ask)
    }
    if (this.#table.phase === 'current') this.#publish()
  }

  /** A negative count is mostly ENOBUFS: events came faster than they were read. After any error the table may be wrong. */
  #events(count: number): readonly Event[] {
    if (count < 0) return [{ is: 'lost' }]
    return Array.from({ length: count }, (_, slot) => slot).flatMap((slot): readonly Event[] =>
      this.#incoming.truncated(slot) ? [{ is: 'lost' }] : decodeRtnetlink(this.#incoming.data(slot)),
    )
  }

  #publish(): void {
    const links = linksOf(this.#table)
    if (JSON.stringify(links) === JSON.stringify(this.#links)) return
    this.#links = links
    this.#options.onChange(links)
  }

  #ask(table: 'links' | 'addresses'): void {
    if (!this.#open) return
    const { refused } = sendAll(this.#fd, this.#outgoing, [{ octets: dumpRequest(table) }])
    if (refused !== undefined) this.#options.onError(refused)
  }
}
