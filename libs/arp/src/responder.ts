import type { Ip, Mac } from '@loadstone/ip'
import { ipToBytes, macToBytes } from '@loadstone/ip/bytes'
import type { AddressRole } from '@loadstone/ip/l2'
import { encodeToBytes } from '@loadstone/wire'
import { peek16, peek32 } from '@loadstone/wire/peek'
import type { ArpIgnoredReason } from './answer'
import { arpFrame, operation } from './frame'
import { announcements } from './packets'

/** Offsets of arpFrame's fields. A flood of requests must not cost a decode each. */
const at = {
  destination: 0,
  source: 6,
  etherType: 12,
  protocolType: 16,
  operation: 20,
  senderMac: 22,
  senderIp: 28,
  targetMac: 32,
  targetIp: 38,
}
const frameLength = 42

/** A MAC as two numbers, for comparing without text. */
type MacKey = { readonly high: number; readonly low: number }
/** Shared by all addresses of one role: a reply without the fields that are copied from the request. */
type Shared = { readonly as: AddressRole['as']; readonly mac: MacKey; readonly reply: Uint8Array }
type Entry = { readonly ip: Ip; readonly shared: Shared; answered: number }

const noIp = '0.0.0.0' as Ip

/**
 * `answer` on octets, for one interface: some 0.1 µs a frame. Addresses are set and deleted one at a time, so that a change of one among
 * thousands costs no pause.
 */
export class ArpResponder {
  readonly #own: Mac
  readonly #ownKey: MacKey
  readonly #entries = new Map<number, Entry>()
  readonly #shared = new Map<string, Shared>()

  constructor(own: Mac) {
    this.#own = own
    this.#ownKey = macKey(macToBytes(own))
  }

  /** Gives `ip`, an IPv4 address, this role in place of any it had. */
  set(ip: Ip, role: AddressRole): void {
    const mac = (role.as === 'owned' ? role.mac : undefined) ?? this.#own
    this.#entries.set(peek32(ipToBytes(ip), 0), { ip, shared: this.#sharedBy(role.as, mac), answered: 0 })
  }

  delete(ip: Ip): void {
    this.#entries.delete(peek32(ipToBytes(ip), 0))
  }

  /** The reply as a frame to send, or why there is none. The frame is not kept. */
  answer(frame: Uint8Array): Uint8Array | ArpIgnoredReason {
    if (frame.length < frameLength || peek32(frame, at.etherType) !== 0x0806_0001 || peek32(frame, at.protocolType) !== 0x0800_0604) {
      return 'malformed'
    }
    if (macIs(this.#ownKey, frame, at.source)) return 'own-frame'
    if (this.#conflicts(frame)) return 'conflict'
    return this.#unanswerable(frame) ?? this.#reply(frame)
  }

  /** Requests answered since the last call, by address. */
  takeAnswered(): ReadonlyMap<Ip, number> {
    const taken = new Map<Ip, number>()
    for (const entry of this.#entries.values()) {
      if (entry.answered > 0) taken.set(entry.ip, entry.answered)
      entry.answered = 0
    }
    return taken
  }

  #sharedBy(as: AddressRole['as'], mac: Mac): Shared {
    const known = this.#shared.get(`${as} ${mac}`)
    if (known !== undefined) return known
    const [, reply] = announcements({ source: this.#own, mac }, noIp)
    const shared = { as, mac: macKey(macToBytes(mac)), reply: encodeToBytes(arpFrame, reply, 'arp') }
    this.#shared.set(`${as} ${mac}`, shared)
    return shared
  }

  #conflicts(frame: Uint8Array): boolean {
    const claimed = peek32(frame, at.senderIp)
    const entry = this.#entries.get(claimed === 0 ? peek32(frame, at.targetIp) : claimed)?.shared
    if (entry === undefined || entry.as === 'other-interface') return false
    if (claimed === 0 && (entry.as !== 'probing' || peek16(frame, at.operation) !== operation.request)) return false
    return !macIs(this.#ownKey, frame, at.senderMac) && !(entry.as === 'owned' && macIs(entry.mac, frame, at.senderMac))
  }

  #unanswerable(frame: Uint8Array): ArpIgnoredReason | undefined {
    if (peek16(frame, at.operation) !== operation.request) return 'not-a-request'
    const toAll = peek16(frame, at.destination) === 0xffff && peek32(frame, at.destination + 2) === -1
    if (!toAll && !macIs(this.#ownKey, frame, at.destination)) return 'not-addressed-to-us'
    const high = peek16(frame, at.senderMac)
    if ((high & 0x100) !== 0 || (high === 0 && peek32(frame, at.senderMac + 2) === 0)) return 'no-station'
    return peek32(frame, at.senderIp) === peek32(frame, at.targetIp) ? 'announcement' : undefined
  }

  #reply(frame: Uint8Array): Uint8Array | ArpIgnoredReason {
    const entry = this.#entries.get(peek32(frame, at.targetIp))
    if (entry === undefined || entry.shared.as === 'probing') return 'not-announced'
    if (entry.shared.as === 'other-interface') return 'not-on-this-interface'
    entry.answered++
    const reply = new Uint8Array(frameLength)
    reply.set(entry.shared.reply)
    copy(frame, at.senderMac, reply, { to: at.destination, count: 6 })
    copy(frame, at.targetIp, reply, { to: at.senderIp, count: 4 })
    copy(frame, at.senderMac, reply, { to: at.targetMac, count: 10 }) // MAC and address of the requester, side by side in both frames
    return reply
  }
}

const macKey = (octets: Uint8Array): MacKey => ({ high: peek16(octets, 0), low: peek32(octets, 2) })
const macIs = (key: MacKey, octets: Uint8Array, start: number): boolean =>
  peek16(octets, start) === key.high && peek32(octets, start + 2) === key.low

function copy(from: Uint8Array, start: number, into: Uint8Array, { to, count }: { readonly to: number; readonly count: number }): void {
  for (let i = 0; i < count; i++) into[to + i] = from[start + i] ?? 0
}
