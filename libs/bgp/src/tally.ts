import type { MessageKind } from './frame'

/** Messages by their kind. */
export type MessageCounts = { readonly [kind in MessageKind]: number }
/** Since the Peer was made, over all its sessions. */
export type Counters = { readonly sent: MessageCounts; readonly received: MessageCounts }

const nothing = (): Record<MessageKind, number> => ({ open: 0, update: 0, notification: 0, keepalive: 0, refresh: 0 })

export class Tally {
  readonly #sent = nothing()
  readonly #received = nothing()

  sent(kind: MessageKind): void {
    this.#sent[kind]++
  }

  received(kind: MessageKind): void {
    this.#received[kind]++
  }

  get counters(): Counters {
    return { sent: { ...this.#sent }, received: { ...this.#received } }
  }
}
