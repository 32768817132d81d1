import type { Ip } from '@loadstone/ip'
import type { AddressGroup, WorkerCommand } from '../messages/messages'
import type { Claims } from './ownership'

/** Sends the addresses to answer for to the worker, only when they differ from those sent last. */
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

  /** Answers for nothing any more, without a frame that says so. */
  stop(): void {
    this.#send([], [])
  }

  /** The worker has carried out the snapshot of this number, and all before it. */
  onApplied(serial: number): void {
    this.#applied = serial
  }

  /** Whether the worker has carried out a first snapshot. A later one that is still on its way does not unset it. */
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

/** Claims by their interfaces. Most addresses have the same ones, so there are few groups. */
export function groupsOf(claims: Claims): readonly AddressGroup[] {
  const groups = new Map<string, { readonly interfaces?: readonly string[]; readonly addresses: Ip[] }>()
  for (const { value } of claims.values()) {
    const key = value.interfaces?.join(' ') ?? ''
    const group = groups.get(key) ?? { ...(value.interfaces && { interfaces: value.interfaces }), addresses: [] }
    groups.set(key, group)
    group.addresses.push(value.address)
  }
  return [...groups.values()]
}
