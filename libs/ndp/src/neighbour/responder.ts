import type { Ip, Mac } from '@loadstone/ip'
import { ipToBytes, macToBytes } from '@loadstone/ip/bytes'
import type { AddressRole } from '@loadstone/ip/l2'
import { encodeToBytes } from '@loadstone/wire'
import { peek16, peek32 } from '@loadstone/wire/peek'
import { allNodes, groupMac } from '../message/groups'
import { ndpFrame, type, unspecified } from '../message/neighbour'
import { optionType } from '../message/option'
import type { NdpIgnoredReason, NdpInterface } from './answer'
import { at, isUnspecified, isValid, optionAt, sameOctets, sum } from './octets'
import { advertisement } from './packets'

/** Shared by all addresses of one role: a reply without the fields that are copied from the solicitation. */
type Shared = { readonly as: AddressRole['as']; readonly mac: Uint8Array; readonly reply: Uint8Array }
type Entry = { readonly ip: Ip; readonly address: Uint8Array; readonly shared: Shared; answered: number }

const toAll = { mac: macToBytes(groupMac(allNodes)), ip: ipToBytes(allNodes) }
const flags = { solicited: 0x60, unsolicited: 0x20 } // override in both

/**
 * `answer` on octets, for one interface: about a microsecond a frame. Addresses are set and deleted one at a time, so that a change of one
 * among thousands costs no pause.
 */
export class NdpResponder {
  readonly #own: NdpInterface
  readonly #ownMac: Uint8Array
  /** By a 32-bit hash of the address; the list holds those that collide. */
  readonly #entries = new Map<number, readonly Entry[]>()
  readonly #shared = new Map<string, Shared>()

  constructor(own: NdpInterface) {
    this.#own = own
    this.#ownMac = macToBytes(own.mac)
  }

  /** Gives `ip`, an IPv6 address, this role in place of any it had. */
  set(ip: Ip, role: AddressRole): void {
    const address = ipToBytes(ip)
    const shared = this.#sharedBy(role.as, (role.as === 'owned' ? role.mac : undefined) ?? this.#own.mac)
    const entry = { ip, address, shared, answered: 0 }
    this.#entries.set(keyAt(address, 0), [...this.#others(address), entry])
  }

  delete(ip: Ip): void {
    const address = ipToBytes(ip)
    const others = this.#others(address)
    if (others.length === 0) this.#entries.delete(keyAt(address, 0))
    else this.#entries.set(keyAt(address, 0), others)
  }

  /** The reply as a frame to send, or why there is none. The frame is not kept. */
  answer(frame: Uint8Array): Uint8Array | NdpIgnoredReason {
    if (!isValid(frame)) return 'malformed'
    if (this.#isOwn(frame, at.source)) return 'own-frame'
    const speaker = speakerAt(frame)
    if (this.#conflicts(frame, speaker)) return 'conflict'
    return this.#unanswerable(frame, speaker) ?? this.#reply(frame, speaker)
  }

  /** Solicitations answered since the last call, by address. */
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

  #sharedBy(as: AddressRole['as'], mac: Mac): Shared {
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
    const probing = !advertised && isUnspecified(frame, at.ipSource)
    const claimed = this.#find(frame, advertised || probing ? at.target : at.ipSource)
    if (claimed === undefined || claimed.as === 'other-interface' || (probing && claimed.as === 'owned')) return false
    return !this.#isOwn(frame, speaker) && !(claimed.as === 'owned' && sameMac(claimed.mac, frame, speaker))
  }

  #unanswerable(frame: Uint8Array, speaker: number): NdpIgnoredReason | undefined {
    if (frame[at.type] !== type.solicitation) return 'not-a-solicitation'
    if (peek16(frame, at.destination) !== 0x3333 && !this.#isOwn(frame, at.destination)) return 'not-addressed-to-us'
    const none = peek16(frame, speaker) === 0 && peek32(frame, speaker + 2) === 0
    return none || ((frame[speaker] ?? 0) & 1) === 1 ? 'no-station' : undefined
  }

  #reply(frame: Uint8Array, speaker: number): Uint8Array | NdpIgnoredReason {
    const entry = this.#entry(frame, at.target)
    if (entry === undefined || entry.shared.as === 'probing') return 'not-announced'
    if (entry.shared.as === 'other-interface') return 'not-on-this-interface'
    entry.answered++
    const reply = entry.shared.reply.slice()
    const nobody = isUnspecified(frame, at.ipSource)
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

/** Offset of the MAC that the message claims: in its link-layer option, else the frame's source. */
function speakerAt(frame: Uint8Array): number {
  const option = optionAt(frame, frame[at.type] === type.solicitation ? optionType.sourceLinkLayer : optionType.targetLinkLayer)
  return option === 0 || frame[option + 1] !== 1 ? at.source : option + 2
}

const keyAt = (octets: Uint8Array, start: number): number =>
  peek32(octets, start) ^ peek32(octets, start + 4) ^ peek32(octets, start + 8) ^ peek32(octets, start + 12)
const sameAddress = (address: Uint8Array, octets: Uint8Array, start: number): boolean =>
  sameOctets(address, 0, octets, { start, count: 16 })
const sameMac = (mac: Uint8Array, octets: Uint8Array, start: number): boolean => sameOctets(mac, 0, octets, { start, count: 6 })
