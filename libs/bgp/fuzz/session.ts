import assert from 'node:assert/strict'
import type { Ip } from '@loadstone/ip'
import { SimClock, SimStreamNet, type StreamLine } from '@loadstone/sim'
import { encodeToBytes } from '@loadstone/wire'
import { route } from '../src/adj-rib-out/route'
import { frame, framed, keepalive, lengths } from '../src/message/frame'
import { openMessage } from '../src/message/open'
import { Peer } from '../src/peer'
import { ourOpen } from '../src/session/negotiate'
import { config } from '../test/samples'
import { simTransport, smooth } from '../test/sim-peers'
import { type MutationRoll, mutant } from './mutate'

/** How long an OPEN is awaited (RFC 4271 §8.2.2: a large hold time, 4 minutes). */
const openMillis = 240_000

/** A session that is fed mutants, in pieces, never throws, says at most one NOTIFICATION and nothing after it, and comes up with a peer that behaves. */
export function session(roll: MutationRoll): void {
  const clock = new SimClock()
  const net = new SimStreamNet(clock, () => smooth)
  const hostile = new Hostile(net, clock, roll)
  const more = roll() < 0.5 ? {} : { gracefulRestartSeconds: 60, addPath: 'both' as const, delayOpenSeconds: roll() < 0.5 ? 0 : 3 }
  const peer = new Peer(
    { address: '192.0.2.2', localAs: 65001, peerAs: 65002, routerId: '192.0.2.1', ...more },
    { clock, random: roll, transport: simTransport(net, '192.0.2.1') },
  )
  peer.setRoutes([route('198.51.100.1/32'), route('2001:db8::1/128', { nextHop: '2001:db8::9' })])
  peer.start()
  clock.advance(400_000)
  hostile.behave()
  clock.advance(openMillis + 120_000) // a connection that it took in silence is waited for so long; then comes the delay of a restart
  assert.equal(peer.status().state, 'established', 'not up again with a peer that behaves')
  void peer.stop()
}

/** A peer that says mutants at any time, then behaves; it minds what is said to it. */
class Hostile {
  #good = false
  readonly #clock: SimClock
  readonly #roll: MutationRoll

  constructor(net: SimStreamNet, clock: SimClock, roll: MutationRoll) {
    this.#clock = clock
    this.#roll = roll
    net.listen('192.0.2.2', (line) => {
      const mind = minded()
      return { onUp: () => this.#greet(line), onBytes: mind, onDrained: () => {}, onDown: () => {} }
    })
  }

  behave(): void {
    this.#good = true
  }

  #greet(line: StreamLine): void {
    const open = framed('open', encodeToBytes(openMessage, ourOpen({ ...config, localAs: 65002, id: '192.0.2.2' as Ip }), 'OPEN'))
    if (this.#good || this.#roll() < 0.7) line.send(Buffer.concat([open, keepalive]))
    if (this.#good) this.#keepAlive(line)
    else this.#rave(line, 1 + Math.floor(this.#roll() * 10))
  }

  #keepAlive(line: StreamLine): void {
    line.send(keepalive)
    this.#clock.after(20_000, () => this.#keepAlive(line))
  }

  #rave(line: StreamLine, left: number): void {
    const { message } = mutant(this.#roll)
    const cut = Math.floor(this.#roll() * message.length)
    line.send(message.subarray(0, cut))
    line.send(message.subarray(cut))
    if (left > 0) this.#clock.after(this.#roll() * 1000, () => this.#rave(line, left - 1))
  }
}

/** Hears one connection: whole messages, the first an OPEN or a NOTIFICATION, and a NOTIFICATION is the last. */
function minded(): (bytes: Uint8Array) => void {
  let [stream, count, ended] = [new Uint8Array(), 0, false]
  return (bytes) => {
    stream = Buffer.concat([stream, bytes])
    for (let found = frame(stream, lengths.extended); !('incomplete' in found); found = frame(stream, lengths.extended)) {
      assert.ok('message' in found, 'we said something malformed')
      assert.ok(!ended, `${found.message.kind} after a NOTIFICATION`)
      ended = found.message.kind === 'notification'
      assert.ok(!ended || found.message.body.length <= lengths.usual - lengths.header, 'a NOTIFICATION that some cannot take')
      assert.ok(count++ > 0 || ended || found.message.kind === 'open', `${found.message.kind} before our OPEN`)
      stream = Uint8Array.from(found.rest)
    }
  }
}
