import {
  type Arrival,
  type Bfd,
  createBfd,
  type PacketSender,
  type SessionOptions,
  type SessionPath,
  type UdpTransport,
} from '@loadstone/bfd'
import { type Ip, parseIp } from '@loadstone/ip'
import type { PlannedBfd } from '@loadstone/plan'
import { random, SimClock, SimNet } from '@loadstone/sim'
import type { BfdReport, BfdSessionSpec } from '../src/messages/bfd'
import type { WorkerEvent } from '../src/messages/messages'
import { BfdSessions } from '../src/worker/bfd-sessions'
import type { LinkState } from '../src/worker/links'
import { ip } from './builders'
import { link } from './wire-world'

export const [ours, router] = [ip('192.0.2.5'), ip('192.0.2.1')]

type Kind = Parameters<UdpTransport['listen']>[0]

/** A host on a simulated wire, on which the first octet stands for the port. Two processes of one host hear the same. */
function transportOn(net: SimNet, address: Ip): UdpTransport {
  const port = net.attach(address)
  const listeners = new Set<{ readonly kind: Kind; readonly receive: (arrival: Arrival) => void }>()
  port.onReceive(({ from, to, bytes }) => {
    const multihop = bytes[0] === 1
    const arrival = { octets: bytes.subarray(1), from: parseIp(from)!, to: parseIp(to)!, link: 2, ttl: 255, multihop, lateMicros: 0 }
    for (const { kind, receive } of [...listeners]) if (kind.multihop === multihop) receive(arrival)
  })
  const open = (path: SessionPath, nextPort: () => number): PacketSender => {
    nextPort()
    const link = path.interface === undefined ? undefined : 2
    return {
      link,
      close: () => undefined,
      send: (octets) => {
        port.send(path.peer, Uint8Array.from([Number(path.multihop), ...octets]))
        return true
      },
    }
  }
  const listen = (kind: Kind, receive: (arrival: Arrival) => void): (() => void) => {
    const listener = { kind, receive }
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }
  return { listen, open, settled: (run) => run() }
}

export const profile: PlannedBfd = {
  profile: 'fast',
  receiveIntervalMillis: 50,
  transmitIntervalMillis: 50,
  detectMultiplier: 3,
  passive: false,
}
export const wantedTo = (more: Partial<BfdSessionSpec> = {}): BfdSessionSpec => ({
  peer: 'tor',
  address: router,
  hops: 'single-hop',
  profile,
  ...more,
})

/** The node's link to the router. */
export const eth0: LinkState = link('eth0', { addresses: [{ ip: ours, length: 24, scope: 'global', tentative: false }] })

/** A node, as its wire worker sees it, and the router, whose BFD is libs/bfd as well. */
export function bfdWorld() {
  const clock = new SimClock()
  const conditions = { lost: false }
  const net = new SimNet(clock, 1, () => ({ latency: 1, loss: conditions.lost ? 1 : 0 }))
  const there: Bfd = createBfd({ transport: transportOn(net, router), clock, random: random(2) })
  let seed = 10
  const node = (links: readonly LinkState[] | 'unknown' = [eth0]) => {
    const posted: WorkerEvent[] = []
    const bfd = createBfd({ transport: transportOn(net, ours), clock, random: random(++seed) })
    const watch = new BfdSessions({ clock, bfd, post: (message) => posted.push(message) })
    if (links !== 'unknown') watch.links(links)
    const reports = () => posted.flatMap((message) => (message.is === 'bfd' ? [message.sessions] : []))
    /** The last report of a session. */
    const seen = (peer = 'tor'): BfdReport | undefined =>
      reports()
        .at(-1)
        ?.find((one) => one.peer === peer)
    return { watch, bfd, posted, reports, seen }
  }
  const configured = (more: Partial<SessionOptions> = {}) =>
    there.session({ peer: ours, profile: { receiveIntervalMicros: 50_000, transmitIntervalMicros: 50_000 }, ...more })
  return { clock, conditions, there, node, configured }
}
