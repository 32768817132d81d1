import { random, SimClock, SimNet } from '@loadstone/sim'
import { type Bfd, createBfd, type Profile, type Session, type SessionOptions } from '../src'
import { SimTransport } from '../testing/sim-transport'

const [first, second] = ['192.0.2.1', '192.0.2.2'] as const

type Pair = {
  readonly clock: SimClock
  readonly hosts: { readonly a: SimTransport; readonly b: SimTransport }
  readonly bfds: { readonly a: Bfd; readonly b: Bfd }
  readonly a: Session
  readonly b: Session
  /** Nothing passes either way, until mend(). */
  cut(): void
  mend(): void
  /** Another process on the first host. */
  successor(): Bfd
}

/** Two hosts 1 ms apart with a session between them, made and not yet up. */
export function pair(of: Profile, and: Profile, more: Partial<SessionOptions> = {}): Pair {
  const clock = new SimClock()
  let lost = false
  const net = new SimNet(clock, 1, () => ({ latency: 1, loss: lost ? 1 : 0 }))
  const host = (address: string): SimTransport => new SimTransport(net, clock, address)
  const hosts = { a: host(first), b: host(second) }
  const bfdOf = (transport: SimTransport, seed: number): Bfd => createBfd({ transport, clock, random: random(seed) })
  const bfds = { a: bfdOf(hosts.a, 1), b: bfdOf(hosts.b, 2) }
  const local = (address: string): Partial<SessionOptions> => (more.multihop === true ? { local: address } : {})
  return {
    clock,
    hosts,
    bfds,
    a: bfds.a.session({ peer: second, profile: of, ...local(first), ...more }),
    b: bfds.b.session({ peer: first, profile: and, ...local(second), ...more }),
    cut: () => {
      lost = true
    },
    mend: () => {
      lost = false
    },
    successor: () => bfdOf(host(first), 3),
  }
}

type Raw = {
  readonly clock: SimClock
  readonly net: SimNet
  readonly host: SimTransport
  readonly bfd: Bfd
  readonly a: Session
  /** A packet of the peer's, made by hand, that comes in on interface `link`. */
  send(octets: Uint8Array, multihop?: boolean, link?: number): void
}

/** A host with one session, and a peer whose packets the test writes. */
export function raw(profile: Profile, more: Partial<SessionOptions> = {}, clock: SimClock = new SimClock()): Raw {
  const net = new SimNet(clock, 1, () => ({ latency: 0, loss: 0 }))
  const host = new SimTransport(net, clock, first)
  const peer = net.attach(second)
  const bfd = createBfd({ transport: host, clock, random: random(4) })
  const multihop = more.multihop === true
  return {
    clock,
    net,
    host,
    bfd,
    a: bfd.session({ peer: second, profile, ...(multihop ? { local: first } : {}), ...more }),
    send: (octets, far = multihop, link = 1) => {
      host.conditions.link = link
      peer.send(first, Uint8Array.from([Number(far), ...octets]))
    },
  }
}
