import type { Clock, Millis } from '@loadstone/clock'

/** Events of one end of a simulated connection. Never called from within a call of that end. */
export type StreamListener = {
  readonly onUp: (local: string, remote: string) => void
  readonly onBytes: (bytes: Uint8Array) => void
  readonly onDrained: () => void
  /** Some of the octets that `waiting` counted have arrived. */
  readonly onWritten?: () => void
  readonly onDown: (loss: { readonly code: string; readonly message: string }) => void
}
export type StreamLine = {
  send(bytes: Uint8Array): boolean
  /** Whether any octet that was sent has not arrived. */
  waiting(): boolean
  close(): Promise<void>
}

/** A connection's behaviour at this moment. While `stalled` nothing arrives; afterwards everything does, in order. */
export type StreamLink = { readonly latency: Millis; readonly stalled: boolean; readonly refused: boolean }

const usualWindow = 65_536
const pollMillis = 10

/** Simulated TCP: a connection keeps order and loses no octet, but may break. */
export class SimStreamNet {
  readonly #clock: Clock
  readonly #link: (from: string, to: string) => StreamLink
  readonly #window: number
  readonly #servers = new Map<string, (line: StreamEnd) => StreamListener | undefined>()
  readonly #open = new Set<StreamEnd>()

  /** `window`: octets in flight from which `send` returns false. */
  constructor(clock: Clock, link: (from: string, to: string) => StreamLink, window: number = usualWindow) {
    this.#clock = clock
    this.#link = link
    this.#window = window
  }

  /** Accepts connections to the address. `accept` returns undefined to close one. The returned function stops listening. */
  listen(address: string, accept: (line: StreamEnd) => StreamListener | undefined): () => void {
    this.#servers.set(address, accept)
    return () => void this.#servers.delete(address)
  }

  dial(from: string, to: string, listener: StreamListener): StreamLine {
    const [near, far] = [new StreamEnd(from, to, this.#window), new StreamEnd(to, from, this.#window)]
    near.listener = listener
    this.#clock.after(this.#link(from, to).latency, () => this.#arrive(near, far))
    return near
  }

  /** Breaks the connections between two addresses. As with TCP, neither end gets an event, unless `loud`. */
  cut(one: string, other: string, { loud }: { readonly loud: boolean }): void {
    for (const end of this.#open) {
      const between = (end.local === one && end.remote === other) || (end.local === other && end.remote === one)
      if (!between) continue
      this.#open.delete(end)
      end.cut()
      if (loud) end.listener?.onDown({ code: 'ECONNRESET', message: 'cut' })
    }
  }

  #arrive(near: StreamEnd, far: StreamEnd): void {
    if (near.closed) return
    const link = this.#link(near.local, near.remote)
    if (link.stalled) {
      this.#clock.after(pollMillis, () => this.#arrive(near, far))
      return
    }
    const accept = link.refused ? undefined : this.#servers.get(near.remote)
    if (accept === undefined) {
      near.lose({ code: 'ECONNREFUSED', message: 'refused' })
      return
    }
    far.listener = accept(far)
    if (far.listener === undefined) this.#turnAway(near)
    else this.#connect(near, far, far.listener)
  }

  /** A kernel accepts a connection before the program decides, so it comes up and then ends. */
  #turnAway(near: StreamEnd): void {
    near.listener?.onUp(near.local, near.remote)
    this.#clock.after(this.#link(near.remote, near.local).latency, () => near.lose({ code: 'closed', message: 'closed by the peer' }))
  }

  #connect(near: StreamEnd, far: StreamEnd, listener: StreamListener): void {
    this.#join(near, far)
    this.#join(far, near)
    listener.onUp(far.local, far.remote)
    near.listener?.onUp(near.local, near.remote)
  }

  #join(from: StreamEnd, to: StreamEnd): void {
    this.#open.add(from)
    from.deliver = () => this.#carry(from, to)
  }

  /** Carries waiting octets to the other end after the link's latency, and later while the link is stalled. */
  #carry(from: StreamEnd, to: StreamEnd): void {
    const { latency, stalled } = this.#link(from.local, from.remote)
    this.#clock.after(stalled ? pollMillis : latency, () => {
      if (this.#link(from.local, from.remote).stalled) this.#carry(from, to)
      else from.flow(to, () => this.#open.delete(from))
    })
  }
}

/** One end of a simulated connection. */
class StreamEnd implements StreamLine {
  readonly local: string
  readonly remote: string
  listener: StreamListener | undefined
  /** Set once the connection is up. */
  deliver: (() => void) | undefined
  readonly #window: number
  #waiting: Uint8Array[] = []
  #octets = 0
  #ending = false
  #carrying = false
  #done: () => void = () => {}
  #closed = false

  constructor(local: string, remote: string, window: number) {
    this.local = local
    this.remote = remote
    this.#window = window
  }

  get closed(): boolean {
    return this.#closed
  }

  send(bytes: Uint8Array): boolean {
    if (this.#closed || this.#ending) return true
    this.#waiting.push(Uint8Array.from(bytes)) // a copy, as on a wire; slice() of a Buffer is none
    this.#octets += bytes.length
    this.#go()
    return this.#octets < this.#window
  }

  waiting(): boolean {
    return this.#octets > 0
  }

  close(): Promise<void> {
    this.listener = undefined
    if (this.#closed) return Promise.resolve()
    this.#ending = true
    if (this.deliver === undefined) this.cut()
    else this.#go()
    if (this.#closed) return Promise.resolve()
    return new Promise((resolve) => {
      this.#done = resolve
    })
  }

  /** Delivers everything that waits, then the end of the connection if this side has closed. */
  flow(to: StreamEnd, gone: () => void): void {
    this.#carrying = false
    const full = this.#octets >= this.#window
    const bytes = this.#waiting
    this.#waiting = []
    this.#octets = 0
    if (this.#closed) return
    for (const chunk of bytes) to.listener?.onBytes(chunk)
    if (bytes.length > 0) this.#report(full)
    if (this.#waiting.length > 0 || !this.#ending) return
    gone()
    this.cut()
    to.lose({ code: 'closed', message: 'closed by the peer' })
  }

  lose(loss: { readonly code: string; readonly message: string }): void {
    if (this.#closed) return
    this.cut()
    this.listener?.onDown(loss)
  }

  cut(): void {
    this.#closed = true
    this.#done()
  }

  /** Reports that the waiting octets have arrived. */
  #report(full: boolean): void {
    this.listener?.onWritten?.()
    if (full) this.listener?.onDrained()
  }

  #go(): void {
    if (this.#carrying) return
    this.#carrying = true
    this.deliver?.()
  }
}
