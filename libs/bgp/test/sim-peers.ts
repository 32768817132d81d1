import type { Ip } from '@loadstone/ip'
import { random, SimClock, SimStreamNet, type StreamLine, type StreamLink, type StreamListener } from '@loadstone/sim'
import { encodeToBytes } from '@loadstone/wire'
import type { Failure, PeerEvents } from '../src/events'
import { frame, framed } from '../src/message/frame'
import { openMessage } from '../src/message/open'
import type { PeerOptions } from '../src/options'
import { Peer } from '../src/peer'
import type { SessionConfig } from '../src/session/config'
import { ourOpen } from '../src/session/negotiate'
import type { ConnectionListener, TcpTransport } from '../src/tcp/transport'
import { config } from './samples'

/** Connections of one address in a simulated network. */
export const simTransport = (net: SimStreamNet, local: string): TcpTransport => ({
  connect: (to, listener) => net.dial(local, to.address, plain(listener)),
  listen: (_, accept) => {
    const stop = net.listen(local, (line) => {
      const listener = accept(line, line.remote as Ip)
      return listener === undefined ? undefined : plain(listener)
    })
    return Promise.resolve(() => Promise.resolve(stop()))
  },
})

/** A Peer of ours in a simulated network. */
export function simPeer(net: SimStreamNet, clock: SimClock, options: Partial<PeerOptions> = {}, seed = 1): Peer {
  const local = options.sourceAddress ?? '192.0.2.1'
  const complete = { address: '192.0.2.2', localAs: 65001, peerAs: 65002, routerId: '192.0.2.1', ...options }
  return new Peer(complete, { clock, random: random(seed), transport: simTransport(net, local) })
}

const plain = (listener: ConnectionListener) => ({
  ...listener,
  onUp: (local: string, remote: string) => listener.onUp(local as Ip, remote as Ip),
})

/** A peer played by hand: it records what it hears and says what it is told to. */
class Puppet {
  readonly heard: string[] = []
  readonly updates: Uint8Array[] = []
  readonly opens: Uint8Array[] = []
  readonly notifications: Uint8Array[] = []
  connections = 0
  #line: StreamLine | undefined
  #pending = new Uint8Array()
  readonly #config: SessionConfig
  readonly #address: string
  readonly #listener = {
    onUp: () => {},
    onBytes: (bytes: Uint8Array) => this.#hear(bytes),
    onDrained: () => {},
    onDown: ({ code }: { readonly code: string }) => void this.heard.push(code),
  }

  constructor(net: SimStreamNet, more: Partial<SessionConfig> = {}, address = '192.0.2.2') {
    this.#config = { ...config, localAs: 65002, peerAs: 65001, id: '192.0.2.2' as Ip, ...more }
    this.#address = address
    net.listen(address, (line) => this.#take(line))
  }

  /** A connection of its own making, which it speaks on from now on. */
  dial(net: SimStreamNet, to: string): void {
    this.#take(net.dial(this.#address, to, this.#listener))
  }

  #take(line: StreamLine): StreamListener {
    this.#line = line
    this.#pending = new Uint8Array()
    this.connections++
    return this.#listener
  }

  /** An OPEN is the one of its configuration, unless given. */
  say(kind: 'keepalive' | 'open' | 'update' | 'notification' | 'refresh', body?: Uint8Array): void {
    const usual = kind === 'open' ? encodeToBytes(openMessage, ourOpen(this.#config), 'OPEN') : new Uint8Array()
    this.#line?.send(framed(kind, body ?? usual))
  }

  sayBytes(bytes: Uint8Array): void {
    this.#line?.send(bytes)
  }

  close(): void {
    void this.#line?.close()
  }

  #hear(bytes: Uint8Array): void {
    let stream: Uint8Array = Buffer.concat([this.#pending, bytes])
    for (let found = frame(stream, 65_535); 'message' in found; found = frame(stream, 65_535)) {
      const { kind, body } = found.message
      this.heard.push(kind === 'notification' ? `notification ${body[0]}/${body[1]}` : kind)
      if (kind === 'update') this.updates.push(Uint8Array.from(body))
      if (kind === 'open') this.opens.push(Uint8Array.from(body))
      if (kind === 'notification') this.notifications.push(Uint8Array.from(body))
      stream = found.rest
    }
    this.#pending = Uint8Array.from(stream)
  }
}

export const smooth: StreamLink = { latency: 1, stalled: false, refused: false }

/** A clock, a network whose link can be changed, a puppet and our peer, with what our peer reported. */
export function stage({
  options = {},
  theirs = {},
}: {
  readonly options?: Partial<PeerOptions>
  readonly theirs?: Partial<SessionConfig>
} = {}) {
  const clock = new SimClock()
  const link = { ...smooth, deaf: false } // deaf: the puppet speaks, but what we say waits
  const net = new SimStreamNet(clock, (from) => (link.deaf && from === '192.0.2.1' ? { ...link, stalled: true } : link))
  const puppet = new Puppet(net, theirs)
  const peer = simPeer(net, clock, options)
  const states: string[] = []
  const failures: Failure[] = []
  const events: (keyof PeerEvents)[] = []
  peer.on('state', ({ state }) => void states.push(state))
  peer.on('failed', (failure) => void failures.push(failure))
  for (const name of ['established', 'told'] as const) peer.on(name, () => void events.push(name))
  const establish = (): void => {
    peer.start()
    clock.advance(2)
    puppet.say('open')
    puppet.say('keepalive')
    clock.advance(2)
  }
  return {
    clock,
    link: link as { -readonly [K in keyof StreamLink]: StreamLink[K] } & { deaf: boolean },
    net,
    puppet,
    peer,
    states,
    failures,
    events,
    establish,
  }
}
