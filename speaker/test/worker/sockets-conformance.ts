import assert from 'node:assert/strict'
import { type Family, type Mac, parseMac } from '@loadstone/ip'
import { ndpFrame, solicitation } from '@loadstone/ndp'
import { encodeToBytes } from '@loadstone/wire'
import { arpFrame, request } from 'arp-ts'
import type { SocketEvents } from '../../src/worker/l2-interfaces'
import type { LinkSocket } from '../../src/worker/l2-responder'
import { ip } from '../builders'

type SocketsUnderTest = {
  readonly open: (index: number, family: Family, on: SocketEvents) => LinkSocket | { readonly problem: string }
  /** Index of a link; somebody else is at its other end. */
  readonly link: number
  /** Of a link on which no socket can be had. */
  readonly nowhere: number
  /** What left on the link and arrived at its other end. */
  readonly arrived: () => readonly Uint8Array[]
  /** Sent by the other end. */
  readonly sends: (frame: Uint8Array) => void
  /** Addresses the link listens for by a group of their own, of those asked for. */
  readonly grouped: (addresses: readonly string[]) => readonly string[]
  readonly until: (what: string, holds: () => boolean) => Promise<void>
  readonly rest: () => Promise<void>
}

const mac: Mac = parseMac('02:00:5e:10:00:99')!
const arp = (target: string) => encodeToBytes(arpFrame, request(mac, ip('192.0.2.99'), ip(target)), 'arp')
const ndp = (target: string) => encodeToBytes(ndpFrame, solicitation({ source: mac, linkLocal: ip('fe80::99') }, ip(target)), 'ndp')
const hex = (frames: readonly Uint8Array[]) => frames.map((frame) => Buffer.from(frame).toString('hex'))

/** The contract of the sockets of L2Interfaces, for packet sockets and simulated ones. Without Jest, because one side runs in a namespace. */
export const socketsPromises: Readonly<Record<string, (w: SocketsUnderTest) => Promise<void>>> = {
  'frames that are sent are counted, and leave in order': async (w) => {
    const { socket } = opened(w, 'ipv4')
    const frames = [arp('192.0.2.1'), arp('192.0.2.2')]
    assert.deepEqual([socket.send(frames), socket.send([])], [2, 0])
    await w.until('they arrive', () => w.arrived().length === 2)
    assert.deepEqual(hex(w.arrived()), hex(frames))
    socket.close()
  },

  'a socket hears the questions of its family, and nothing that it sent': async (w) => {
    const [four, six] = [opened(w, 'ipv4'), opened(w, 'ipv6')]
    four.socket.send([arp('192.0.2.5')])
    const [asked, solicited] = [arp('192.0.2.1'), ndp('2001:db8::1')]
    for (const frame of [asked, solicited]) w.sends(frame)
    await w.until('both are heard', () => four.received.length > 0 && six.received.length > 0)
    await w.rest()
    assert.deepEqual([hex(four.received), hex(six.received)], [hex([asked]), hex([solicited])])
    for (const { socket } of [four, six]) socket.close()
  },

  'a closed socket hears and sends nothing, and may be closed again; another may be opened': async (w) => {
    const { socket, received } = opened(w, 'ipv4')
    socket.close()
    socket.close()
    assert.equal(socket.send([arp('192.0.2.1')]), 0)
    w.sends(arp('192.0.2.1'))
    await w.rest()
    assert.deepEqual([received.length, w.arrived().length], [0, 0])
    opened(w, 'ipv4').socket.close()
  },

  'where no socket can be had it is said in words': async (w) => {
    for (const family of ['ipv4', 'ipv6'] as const) {
      const made = w.open(w.nowhere, family, { frames: () => {}, problem: () => {} })
      assert.ok('problem' in made && made.problem.length > 5)
    }
  },

  'the group of an IPv6 address is joined until it is left as often, or the socket closed; an IPv4 one needs no group': async (w) => {
    const [four, six] = [opened(w, 'ipv4').socket, opened(w, 'ipv6').socket]
    const addresses = ['2001:db8::11', '2001:db8::22']
    four.joinGroup(ip('192.0.2.1'))
    for (const address of addresses) six.joinGroup(ip(address))
    six.joinGroup(ip('2001:db8::11'))
    assert.deepEqual(w.grouped(addresses), addresses)
    for (const address of addresses) six.leaveGroup(ip(address))
    assert.deepEqual(w.grouped(addresses), ['2001:db8::11'])
    four.leaveGroup(ip('192.0.2.1'))
    for (const socket of [four, six]) socket.close()
    assert.deepEqual(w.grouped([...addresses, '192.0.2.1']), [])
  },
}

function opened(w: SocketsUnderTest, family: Family): { readonly socket: LinkSocket; readonly received: Uint8Array[] } {
  const received: Uint8Array[] = []
  const frames = (all: readonly Uint8Array[]): void => void received.push(...all.map((frame) => Uint8Array.from(frame)))
  const socket = w.open(w.link, family, { frames, problem: (message) => assert.fail(message) })
  assert.ok(!('problem' in socket), JSON.stringify(socket))
  return { socket, received }
}
