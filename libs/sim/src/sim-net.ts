import type { Clock, Millis } from '@loadstone/clock'

export type SimDatagram = { readonly from: string; readonly to: string; readonly bytes: Uint8Array }
export type SimDatagramPort = {
  readonly address: string
  send(to: string, bytes: Uint8Array): void
  onReceive(run: (d: SimDatagram) => void): void
}
export type SimLink = { readonly latency: Millis; readonly loss: number }

/** xorshift32: one integer of seed reproduces the whole run, so a failing simulation prints it. */
export function random(seed: number): () => number {
  let x = seed | 1
  return () => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) / 2 ** 32
  }
}

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
        const copy = { from: address, to, bytes: Uint8Array.from(bytes) } // the wire copies, so must we; slice() of a Buffer does not
        this.#clock.after(latency, () => this.#ports.get(to)?.(copy))
      },
    }
  }
}
