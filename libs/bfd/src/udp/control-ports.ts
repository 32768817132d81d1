import type { Cancel, Clock } from '@loadstone/clock'
import { type Family, familyOf } from '@loadstone/ip'
import { type Arrival, controlPort, type SessionPath, type UdpTransport } from './transport'

/** Sessions of one family and kind share a port, since RFC 5881 §4 fixes its number. */
export type PortKind = { readonly family: Family; readonly multihop: boolean }
export const kindOf = ({ peer, multihop }: SessionPath): PortKind => ({ family: familyOf(peer), multihop })
export const sameKind = (a: PortKind, b: PortKind): boolean => a.family === b.family && a.multihop === b.multihop

type ControlPortsDeps = {
  readonly transport: UdpTransport
  readonly clock: Clock
  readonly receive: (arrival: Arrival) => void
  /** Why a port cannot be had; undefined when it can. */
  readonly onTrouble: (kind: PortKind, message: string | undefined) => void
}

/** Interval of attempts to open a port that another process has. */
const retryMillis = 100

type Opened = { readonly kind: PortKind; readonly close: () => void }

/** The control ports of all sessions: open as long as one session needs them. */
export class ControlPorts {
  readonly #deps: ControlPortsDeps
  #open: readonly Opened[] = []
  #desired: readonly PortKind[] = []
  #retry: Cancel | undefined

  constructor(deps: ControlPortsDeps) {
    this.#deps = deps
  }

  /** Takes the full set of ports needed: opens those missing, closes those no longer in it. */
  reconcile(desired: readonly PortKind[]): void {
    this.#desired = desired
    for (const { kind, close } of this.#open) if (!desired.some((needed) => sameKind(kind, needed))) close()
    this.#open = this.#open.filter(({ kind }) => desired.some((needed) => sameKind(kind, needed)))
    this.#openMissing()
  }

  #openMissing(): void {
    this.#retry?.()
    this.#retry = undefined
    for (const kind of this.#desired) if (!this.#open.some((opened) => sameKind(opened.kind, kind))) this.#listen(kind)
  }

  #listen(kind: PortKind): void {
    const { transport, clock, receive, onTrouble } = this.#deps
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
