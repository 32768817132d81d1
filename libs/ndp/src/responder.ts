import { type Ip, ipToBytes, type Mac, macToBytes } from '@loadstone/ip'
import { encodeToBytes } from '@loadstone/wire'
import type { Ignored, Interface, Use } from './answer'
import { ndpFrame, type, unspecified } from './frame'
import { allNodes, groupMac } from './groups'
import { at, halfAt, isNobody, isValid, optionAt, sameOctets, sum, wordAt } from './octets'
import { optionType } from './option'
import { advertisement } from './packets'

/** Shared by all addresses of one use: the reply lacks what comes from the question. */
type Shared = { readonly as: Use['as']; readonly mac: Uint8Array; readonly reply: Uint8Array }
type Entry = { readonly ip: Ip; readonly address: Uint8Array; readonly shared: Shared; answered: number }

const toAll = { mac: macToBytes(groupMac(allNodes)), ip: ipToBytes(allNodes) }
const flags = { solicited: 0x60, unsolicited: 0x20 } // override in both

/** `answer` on octets, for one interface: under a microsecond a frame. Addresses come and go one at a time, so that many cost no pause. */
export class Responder {
  readonly #own: Interface
  readonly #ownMac: Uint8Array
  /** By a number made of the address; few have the same. */
  readonly #entries = new Map<number, readonly Entry[]>()
  readonly #shared = new Map<string, Shared>()

  constructor(own: Interface) {
    this.#own = own
    this.#ownMac = macToBytes(own.mac)
  }

  /** From now on `ip`, an IPv6 address, has this use; the use it had is over. */
  set(ip: Ip, use: Use): void {
    const address = ipToBytes(ip)
    const shared = this.#sharedBy(use.as, (use.as === 'answered' ? use.mac : undefined) ?? this.#own.mac)
    const entry = { ip, address, shared, answered: 0 }
    this.#entries.set(keyAt(address, 0), [...this.#others(address), entry])
  }

  delete(ip: Ip): void {
    const address = ipToBytes(ip)
    const others = this.#others(address)
    if (others.length === 0) this.#entries.delete(keyAt(address, 0))
    else this.#entries.set(keyAt(address, 0), others)
  }

  /** The reply, a frame to send, or why there is none. */
  answer(frame: Uint8Array): Uint8Array | Ignored {
    if (!isValid(frame)) return 'malformed'
    if (this.#isOwn(frame, at.source)) return 'own-frame'
    const speaker = speakerAt(frame)
    if (this.#conflicts(frame, speaker)) return 'conflict'
    return this.#unanswerable(frame, speaker) ?? this.#reply(frame, speaker)
  }

  /** Questions answered since this was asked last, by address. */
  takeAnswered(): ReadonlyMap<Ip, number> {
    const taken = new Map<Ip, number>()
    for (const entries of this.#entries.values()) {
      for (const entry of entries) {
        if (entry.answered > 0) taken.set(entry.ip, entry.answered)
        entry.answered = 0
      }
    }
    return taken
  }

  #others(address: Uint8Array): readonly Entry[] {
    const found = this.#entries.get(keyAt(address, 0)) ?? []
    return found.filter((entry) => !sameAddress(entry.address, address, 0))
  }

  #sharedBy(as: Use['as'], mac: Mac): Shared {
    const known = this.#shared.get(`${as} ${mac}`)
    if (known !== undefined) return known
    const reply = advertisement({ source: this.#own.mac, linkLocal: this.#own.linkLocal, mac }, unspecified)
    const shared = { as, mac: macToBytes(mac), reply: encodeToBytes(ndpFrame, reply, 'ndp') }
    this.#shared.set(`${as} ${mac}`, shared)
    return shared
  }

  #find(frame: Uint8Array, start: number): Shared | undefined {
    return this.#entry(frame, start)?.shared
  }

  #entry(frame: Uint8Array, start: number): Entry | undefined {
    return this.#entries.get(keyAt(frame, start))?.find(({ address }) => sameAddress(address, frame, start))
  }

  #isOwn(frame: Uint8Array, start: number): boolean {
    return sameMac(this.#ownMac, frame, start)
  }

  #conflicts(frame: Uint8Array, speaker: number): boolean {
    const advertised = frame[at.type] === type.advertisement
    const probing = !advertised && isNobody(frame, at.ipSource)
    const claimed = this.#find(frame, advertised || probing ? at.target : at.ipSource)
    if (claimed === undefined || claimed.as === 'elsewhere' || (probing && claimed.as === 'answered')) return false
    return !this.#isOwn(frame, speaker) && !(claimed.as === 'answered' && sameMac(claimed.mac, frame, speaker))
  }

  #unanswerable(frame: Uint8Array, speaker: number): Ignored | undefined {
    if (frame[at.type] !== type.solicitation) return 'not-a-solicitation'
    if (halfAt(frame, at.destination) !== 0x3333 && !this.#isOwn(frame, at.destination)) return 'not-addressed-to-us'
    const none = halfAt(frame, speaker) === 0 && wordAt(frame, speaker + 2) === 0
    return none || ((frame[speaker] ?? 0) & 1) === 1 ? 'no-station' : undefined
  }

  #reply(frame: Uint8Array, speaker: number): Uint8Array | Ignored {
    const entry = this.#entry(frame, at.target)
    if (entry === undefined || entry.shared.as === 'probed') return 'not-announced'
    if (entry.shared.as === 'elsewhere') return 'not-on-this-interface'
    entry.answered++
    const reply = entry.shared.reply.slice()
    const nobody = isNobody(frame, at.ipSource)
    reply.set(nobody ? toAll.mac : frame.subarray(speaker, speaker + 6), at.destination)
    reply.set(nobody ? toAll.ip : frame.subarray(at.ipSource, at.ipSource + 16), at.ipDestination)
    reply.set(frame.subarray(at.target, at.target + 16), at.target)
    reply[at.flags] = nobody ? flags.unsolicited : flags.solicited
    reply[at.checksum] = 0
    reply[at.checksum + 1] = 0
    const checksum = ~sum(reply)
    reply[at.checksum] = (checksum >> 8) & 255
    reply[at.checksum + 1] = checksum & 255
    return reply
  }
}

/** Where the MAC lies of whoever the message speaks for: in its option, else in front of the frame. */
function speakerAt(frame: Uint8Array): number {
  const option = optionAt(frame, frame[at.type] === type.solicitation ? optionType.sourceLinkLayer : optionType.targetLinkLayer)
  return option === 0 || frame[option + 1] !== 1 ? at.source : option + 2
}

const keyAt = (octets: Uint8Array, start: number): number =>
  wordAt(octets, start) ^ wordAt(octets, start + 4) ^ wordAt(octets, start + 8) ^ wordAt(octets, start + 12)
const sameAddress = (address: Uint8Array, octets: Uint8Array, start: number): boolean =>
  sameOctets(address, 0, octets, { start, count: 16 })
const sameMac = (mac: Uint8Array, octets: Uint8Array, start: number): boolean => sameOctets(mac, 0, octets, { start, count: 6 })
