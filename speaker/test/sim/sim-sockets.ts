import assert from 'node:assert/strict'
import type { Family, Ip } from '@loadstone/ip'
import type { SocketEvents } from '../../src/worker/l2-interfaces'
import type { LinkSocket } from '../../src/worker/l2-responder'

type Sent = { readonly on: string; readonly family: Family; readonly frame: Uint8Array }

/** The packet sockets of a node whose links are eth0 with index 2, eth1 with 3 and so on. They keep the frames given to send(). */
export function simSockets() {
  const sent: Sent[] = []
  /** By `eth0 ipv4`. */
  const sockets = new Map<string, SocketEvents>()
  /** How often each `eth0 2001:db8::10` is heeded. Questions for IPv4 addresses are broadcast, so they need no group. */
  const memberships = new Map<string, number>()
  /** Links on which none can be opened. */
  const refused = new Set<string>()
  /** How many frames the kernel takes at a time. */
  const kernel = { takes: Number.POSITIVE_INFINITY }
  const open = (index: number, family: Family, on: SocketEvents): LinkSocket | { readonly problem: string } => {
    const name = `eth${index - 2}`
    const key = `${name} ${family}`
    if (refused.has(name)) return { problem: 'the process needs CAP_NET_RAW' }
    assert.ok(!sockets.has(key), `${key} has two sockets`)
    sockets.set(key, on)
    const joined = new Set<string>()
    const count = (address: Ip, by: number): void => {
      const group = `${name} ${address}`
      const times = Math.max(0, (memberships.get(group) ?? 0) + by)
      joined.add(group)
      if (times === 0) memberships.delete(group)
      else memberships.set(group, times)
    }
    const isOpen = (): boolean => sockets.get(key) === on
    return {
      send: (frames) => {
        if (!isOpen()) return 0
        const taken = frames.slice(0, kernel.takes)
        for (const frame of taken) sent.push({ on: name, family, frame: Uint8Array.from(frame) })
        return taken.length
      },
      joinGroup: (address) => (family === 'ipv6' ? count(address, 1) : undefined),
      leaveGroup: (address) => (family === 'ipv6' ? count(address, -1) : undefined),
      close: () => {
        if (!isOpen()) return
        sockets.delete(key)
        for (const group of joined) memberships.delete(group)
      },
    }
  }
  return { sent, sockets, memberships: memberships, refused, kernel, open }
}
