import { type Ip, ipToBytes, type Mac, macToBytes } from '@loadstone/ip'
import { encodeToBytes } from '@loadstone/wire'
import type { Ignored, Use } from './answer'
import { arpFrame, operation } from './frame'
import { announcements } from './packets'

/** Where arpFrame's fields lie. Only here are octets counted outside libs/wire: a flood of questions must not cost a decode each. */
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
/** Shared by all addresses of one use: the reply lacks what comes from the question. */
type Shared = { readonly as: Use['as']; readonly mac: MacKey; readonly reply: Uint8Array }
type Entry = { readonly ip: Ip; readonly shared: Shared; answered: number }

const noIp = '0.0.0.0' as Ip

/** `answer` on octets, for one interface: some 0.1 µs a frame. Addresses come and go one at a time, so that many cost no pause. */
export class Responder {
  readonly #own: Mac
  readonly #ownKey: MacKey
  readonly #entries = new Map<number, Entry>()
  readonly #shared = new Map<string, Shared>()

  constructor(own: Mac) {
    this.#own = own
    this.#ownKey = macKey(macToBytes(own))
  }

  /** From now on `ip`, an IPv4 address, has this use; the use it had is over. */
  set(ip: Ip, use: Use): void {
    const mac = (use.as === 'answered' ? use.mac : undefined) ?? this.#own
    this.#entries.set(wordAt(ipToBytes(ip), 0), { ip, shared: this.#sharedBy(use.as, mac), answered: 0 })
  }

  delete(ip: Ip): void {
    this.#entries.delete(wordAt(ipToBytes(ip), 0))
  }

  /** The reply, a frame to send, or why there is none. */
  answer(frame: Uint8Array): Uint8Array | Ignored {
    if (frame.length < frameLength || wordAt(frame, at.etherType) !== 0x0806_0001 || wordAt(frame, at.protocolType) !== 0x0800_0604) {
      return 'malformed'
    }
    if (macIs(this.#ownKey, frame, at.source)) return 'own-frame'
    if (this.#conflicts(frame)) return 'conflict'
    return this.#unanswerable(frame) ?? this.#reply(frame)
  }

  /** Questions answered since this was asked last, by address. */
  takeAnswered(): ReadonlyMap<Ip, number> {
    const taken = new Map<Ip, number>()
    for (const entry of this.#entries.values()) {
      if (entry.answered > 0) taken.set(entry.ip, entry.answered)
      entry.answered = 0
    }
    return taken
  }

  #sharedBy(as: Use['as'], mac: Mac): Shared {
    const known = this.#shared.get(`${as} ${mac}`)
    if (known !== undefined) return known
    const [, reply] = announcements({ source: this.#own, mac }, noIp)
    const shared = { as, mac: macKey(macToBytes(mac)), reply: encodeToBytes(arpFrame, reply, 'arp') }
    this.#shared.set(`${as} ${mac}`, shared)
    return shared
  }

  #conflicts(frame: Uint8Array): boolean {
    const claimed = wordAt(frame, at.senderIp)
    const entry = this.#entries.get(claimed === 0 ? wordAt(frame, at.targetIp) : claimed)?.shared
    if (entry === undefined || entry.as === 'elsewhere') return false
    if (claimed === 0 && (entry.as !== 'probed' || halfAt(frame, at.operation) !== operation.request)) return false
    return !macIs(this.#ownKey, frame, at.senderMac) && !(entry.as === 'answered' && macIs(entry.mac, frame, at.senderMac))
  }

  #unanswerable(frame: Uint8Array): Ignored | undefined {
    if (halfAt(frame, at.operation) !== operation.request) return 'not-a-request'
    const toAll = halfAt(frame, at.destination) === 0xffff && wordAt(frame, at.destination + 2) === -1
    if (!toAll && !macIs(this.#ownKey, frame, at.destination)) return 'not-addressed-to-us'
    const high = halfAt(frame, at.senderMac)
    if ((high & 0x100) !== 0 || (high === 0 && wordAt(frame, at.senderMac + 2) === 0)) return 'no-station'
    return wordAt(frame, at.senderIp) === wordAt(frame, at.targetIp) ? 'announcement' : undefined
  }

  #reply(frame: Uint8Array): Uint8Array | Ignored {
    const entry = this.#entries.get(wordAt(frame, at.targetIp))
    if (entry === undefined || entry.shared.as === 'probed') return 'not-announced'
    if (entry.shared.as === 'elsewhere') return 'not-on-this-interface'
    entry.answered++
    const reply = new Uint8Array(frameLength)
    reply.set(entry.shared.reply)
    copy(frame, at.senderMac, reply, { to: at.destination, count: 6 })
    copy(frame, at.targetIp, reply, { to: at.senderIp, count: 4 })
    copy(frame, at.senderMac, reply, { to: at.targetMac, count: 10 }) // its MAC and its address lie side by side, in both
    return reply
  }
}

/** Four octets as a signed number: it stays a small integer, the fastest key there is. */
const wordAt = (octets: Uint8Array, start: number): number => (halfAt(octets, start) << 16) | halfAt(octets, start + 2)
const halfAt = (octets: Uint8Array, start: number): number => ((octets[start] ?? 0) << 8) | (octets[start + 1] ?? 0)
const macKey = (octets: Uint8Array): MacKey => ({ high: halfAt(octets, 0), low: wordAt(octets, 2) })
const macIs = (key: MacKey, octets: Uint8Array, start: number): boolean =>
  halfAt(octets, start) === key.high && wordAt(octets, start + 2) === key.low

function copy(from: Uint8Array, start: number, into: Uint8Array, { to, count }: { readonly to: number; readonly count: number }): void {
  for (let i = 0; i < count; i++) into[to + i] = from[start + i] ?? 0
}
