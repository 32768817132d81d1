import type { AddressGroup, WorkerCommand } from '../messages/messages'
import type { Claims } from './ownership'

/** Keeps the wire worker told what to answer for. Tells it only what differs from the last time. */
export class L2Announcer {
  readonly #post: (message: WorkerCommand) => void
  #serial = 0
  #applied = 0
  #sent = ''

  constructor(post: (message: WorkerCommand) => void) {
    this.#post = post
  }

  reconcile(claims: Claims, excludeInterfaces: readonly string[]): void {
    this.#send(groupsOf(claims), excludeInterfaces)
  }

  /** Answers for nothing any more, and says nothing about it. */
  stop(): void {
    this.#send([], [])
  }

  /** The worker has carried out the snapshot of this number, and so those before. */
  onApplied(serial: number): void {
    this.#applied = serial
  }

  /** It answers. What it was told in the last milliseconds may still be on its way: that does not make it unready again. */
  get isApplied(): boolean {
    return this.#applied > 0
  }

  #send(groups: readonly AddressGroup[], excludeInterfaces: readonly string[]): void {
    const text = JSON.stringify([groups, excludeInterfaces])
    if (text === this.#sent) return
    this.#sent = text
    this.#serial++
    this.#post({ is: 'snapshot', serial: this.#serial, groups, excludeInterfaces })
  }
}

/** Most addresses have the same interfaces: there are few groups. */
export function groupsOf(claims: Claims): readonly AddressGroup[] {
  const groups = new Map<string, { readonly interfaces: readonly string[] | undefined; readonly addresses: string[] }>()
  for (const { value } of claims.values()) {
    const key = value.interfaces?.join(' ') ?? ''
    const group = groups.get(key) ?? { interfaces: value.interfaces, addresses: [] }
    groups.set(key, group)
    group.addresses.push(value.address)
  }
  return [...groups.values()].map(({ interfaces, addresses }) => ({ ...(interfaces && { interfaces }), addresses: addresses.join(' ') }))
}
