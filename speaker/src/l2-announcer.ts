import type { Ip } from '@loadstone/ip'
import type { Claims } from './claims'
import type { ToWire, WireAddress } from './messages'

/** Keeps the wire worker told what to answer for. Tells it only what differs from the last time. */
export class L2Announcer {
  readonly #post: (message: ToWire) => void
  #serial = 0
  #applied = 0
  #sent = ''

  constructor(post: (message: ToWire) => void) {
    this.#post = post
  }

  apply(claims: Claims, excludeInterfaces: readonly string[]): void {
    const addresses = [...claims.values()].map(({ value }) => wireAddress(value))
    this.#send(addresses, excludeInterfaces)
  }

  /** Answers for nothing any more, and says nothing about it. */
  leave(): void {
    this.#send([], [])
  }

  /** The worker has carried out the snapshot of this number. */
  took(serial: number): void {
    this.#applied = serial
  }

  /** What was last told is in force. */
  get isApplied(): boolean {
    return this.#serial > 0 && this.#applied === this.#serial
  }

  #send(addresses: readonly WireAddress[], excludeInterfaces: readonly string[]): void {
    const text = JSON.stringify([addresses, excludeInterfaces])
    if (text === this.#sent) return
    this.#sent = text
    this.#serial++
    this.#post({ is: 'snapshot', serial: this.#serial, addresses, excludeInterfaces })
  }
}

const wireAddress = ({ address, interfaces }: { readonly address: Ip; readonly interfaces?: readonly string[] }): WireAddress => ({
  address,
  ...(interfaces === undefined ? {} : { interfaces }),
})
