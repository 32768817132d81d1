import type { Cancel, Clock } from '@loadstone/clock'
import { type Family, familyOf } from '@loadstone/ip'
import { type Arrival, controlPort, type Path, type Transport } from './transport'

/** Sessions of one family and kind share a port, since RFC 5881 §4 fixes its number. */
export type Kind = { readonly family: Family; readonly multihop: boolean }
export const kindOf = ({ peer, multihop }: Path): Kind => ({ family: familyOf(peer), multihop })
export const sameKind = (a: Kind, b: Kind): boolean => a.family === b.family && a.multihop === b.multihop

export type ControlPortsParts = {
  readonly transport: Transport
  readonly clock: Clock
  readonly receive: (arrival: Arrival) => void
  /** Why a port cannot be had; undefined when it can. */
  readonly onTrouble: (kind: Kind, message: string | undefined) => void
}

/** How long to wait before asking again for a port that somebody else has. */
const retryMillis = 100

type Opened = { readonly kind: Kind; readonly close: () => void }

/** The control ports of all sessions: open as long as one session needs them. */
export class ControlPorts {
  readonly #parts: ControlPortsParts
  #open: readonly Opened[] = []
  #needed: readonly Kind[] = []
  #retry: Cancel | undefined

  constructor(parts: ControlPortsParts) {
    this.#parts = parts
  }

  /** The whole truth each time: opens what is missing, closes what is not needed any more. */
  need(kinds: readonly Kind[]): void {
    this.#needed = kinds
    for (const { kind, close } of this.#open) if (!kinds.some((needed) => sameKind(kind, needed))) close()
    this.#open = this.#open.filter(({ kind }) => kinds.some((needed) => sameKind(kind, needed)))
    this.#openMissing()
  }

  #openMissing(): void {
    this.#retry?.()
    this.#retry = undefined
    for (const kind of this.#needed) if (!this.#open.some((opened) => sameKind(opened.kind, kind))) this.#listen(kind)
  }

  #listen(kind: Kind): void {
    const { transport, clock, receive, onTrouble } = this.#parts
    try {
      this.#open = [...this.#open, { kind, close: transport.listen(kind, receive) }]
      onTrouble(kind, undefined)
    } catch (error) {
      onTrouble(kind, `UDP port ${kind.multihop ? controlPort.multihop : controlPort.singleHop} (${kind.family}): ${text(error)}`)
      this.#retry ??= clock.after(retryMillis, () => this.#openMissing())
    }
  }
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error))
