import type { Ip } from '@loadstone/ip'
import { ipToBytes } from '@loadstone/ip/bytes'
import { domain, little, socketType } from '../kernel/constants'
import { check, native, SocketError } from '../kernel/native'

/** Memberships in multicast groups on one interface. The kernel sends MLD reports and programs the NIC's filter. */
export type Ipv6Groups = {
  /** Joins are counted; the last leave ends the membership. Throws SocketError: ENODEV if the interface is gone, EINVAL without IPv6. */
  join(group: Ip): void
  leave(group: Ip): void
  close(): void
}

const IPPROTO_IPV6 = 41
const IPV6_JOIN_GROUP = 20
const IPV6_LEAVE_GROUP = 21

type Membership = { readonly fd: number; readonly count: number }

/** Needs no capability. Nothing is open until the first join. */
export function openIpv6Groups(ifIndex: number): Ipv6Groups {
  return new Groups(ifIndex)
}

/** A socket holds about two thousand groups (net.core.optmem_max); another is opened when the last one is full. */
class Groups implements Ipv6Groups {
  readonly #ifIndex: number
  readonly #members = new Map<Ip, Membership>()
  readonly #fds: number[] = []

  constructor(ifIndex: number) {
    this.#ifIndex = ifIndex
  }

  join(group: Ip): void {
    const { fd = this.#joined(group), count = 0 } = this.#members.get(group) ?? {}
    this.#members.set(group, { fd, count: count + 1 })
  }

  leave(group: Ip): void {
    const member = this.#members.get(group)
    if (member === undefined) return
    if (member.count > 1) {
      this.#members.set(group, { ...member, count: member.count - 1 })
      return
    }
    this.#members.delete(group)
    native().setsockopt(member.fd, IPPROTO_IPV6, IPV6_LEAVE_GROUP, this.#request(group)) // fails only if the interface is gone, and its memberships with it
  }

  close(): void {
    for (const fd of this.#fds.splice(0)) native().close(fd)
    this.#members.clear()
  }

  #joined(group: Ip): number {
    const last = this.#fds.at(-1)
    const result = last === undefined ? undefined : this.#tryJoin(last, group)
    if (last !== undefined && result === 0) return last
    if (result !== undefined && !full.has(new SocketError('join', result).code)) check(`join ${group}`, result)
    const fd = check('socket(AF_INET6)', native().socket(domain.ipv6, socketType.datagram, 0))
    this.#fds.push(fd)
    check(`join ${group} on interface ${this.#ifIndex}`, this.#tryJoin(fd, group))
    return fd
  }

  #tryJoin(fd: number, group: Ip): number {
    return native().setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, this.#request(group))
  }

  /** struct ipv6_mreq. */
  #request(group: Ip): Uint8Array {
    const bytes = new Uint8Array(20)
    bytes.set(ipToBytes(group))
    new DataView(bytes.buffer).setInt32(16, this.#ifIndex, little)
    return bytes
  }
}

const full = new Set(['ENOMEM', 'ENOBUFS'])
