import type { Clock, Millis } from '@loadstone/clock'

export type SimDatagram = { readonly from: string; readonly to: string; readonly bytes: Uint8Array }
export type SimDatagramPort = {
  readonly address: string
  send(to: string, bytes: Uint8Array): void
  onReceive(run: (d: SimDatagram) => void): void
}
/** `loss` is the probability that a datagram is lost, in [0, 1]. */
export type SimLink = { readonly latency: Millis; readonly loss: number }

/** xorshift32 in [0, 1). The seed reproduces a whole run, so a failing simulation prints it. */
export function random(seed: number): () => number {
  let x = seed | 1
  return () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) / 2 ** 32
  }
}

/** Simulated UDP: datagrams may be lost, and overtake each other where latency changes. `link` gives the behaviour of each direction. */
export class SimNet {
  readonly #ports = new Map<string, (d: SimDatagram) => void>()
  readonly #clock: Clock
  readonly #roll: () => number
  readonly #link: (from: string, to: string) => SimLink

  constructor(clock: Clock, seed: number, link: (from: string, to: string) => SimLink) {
    this.#clock = clock
    this.#roll = random(seed)
    this.#link = link
  }

  attach(address: string): SimDatagramPort {
    return {
      address,
      onReceive: (run) => void this.#ports.set(address, run),
      send: (to, bytes) => {
        const { latency, loss } = this.#link(address, to)
        if (this.#roll() < loss) return
        const copy = { from: address, to, bytes: Uint8Array.from(bytes) } // a copy, as on a wire; slice() of a Buffer is none
        this.#clock.after(latency, () => this.#ports.get(to)?.(copy))
      },
    }
  }
}
