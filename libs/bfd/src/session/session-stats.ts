import type { Clock } from '@loadstone/clock'
import type { Emitter } from '@loadstone/fsm'
import type { BfdCounters, BfdSessionStatus, SessionDown, SessionEvents, SessionTimers } from './events'
import type { State } from './fsm'
import { type Drop, dropWords } from './reception'
import { downOf, peerOf, timersOf } from './status'

type Kept = Pick<BfdSessionStatus, 'sinceMillis' | 'lastDown' | 'lastDropped'>
type Trouble = { readonly send?: string | undefined; readonly receive?: string | undefined }

/** Counters, last failure and events of a session. */
export class SessionStats {
  readonly #peer: string
  readonly #clock: Clock
  readonly #listeners: Emitter<SessionEvents>
  readonly #counters = { controlPacketInput: 0, controlPacketOutput: 0, sessionUpEvents: 0, sessionDownEvents: 0 }
  readonly #dropped = { malformed: 0, 'unknown-session': 0, 'unnamed-session': 0, ttl: 0, authentication: 0 }
  #kept: Kept
  #trouble: Trouble = {}

  constructor(peer: string, clock: Clock, listeners: Emitter<SessionEvents>) {
    this.#peer = peer
    this.#clock = clock
    this.#listeners = listeners
    this.#kept = { sinceMillis: clock.now() }
  }

  get counters(): BfdCounters {
    return { ...this.#counters, dropped: { ...this.#dropped } }
  }

  status(state: State): Omit<BfdSessionStatus, 'discriminator' | 'notes'> {
    const [pace, peer] = [timersOf(state), peerOf(state)]
    const trouble = this.#trouble.send ?? this.#trouble.receive
    return {
      state: state.at,
      ...this.#kept,
      ...(pace === undefined ? {} : { pace }),
      ...(peer === undefined ? {} : { peer }),
      ...(trouble === undefined ? {} : { trouble }),
      counters: this.counters,
    }
  }

  sent(): void {
    this.#counters.controlPacketOutput++
  }

  received(): void {
    this.#counters.controlPacketInput++
  }

  dropped(reason: Drop): void {
    this.#dropped[reason]++
    if (this.#kept.lastDropped?.reason === reason) return
    const lastDropped = { reason, message: `a packet from ${this.#peer} was dropped: ${dropWords[reason]}` }
    this.#kept = { ...this.#kept, lastDropped }
    this.#listeners.emit('dropped', lastDropped)
  }

  /** What keeps us from sending or from receiving; undefined when it is over. */
  trouble(side: 'send' | 'receive', message: string | undefined): void {
    if (message === this.#trouble[side]) return
    this.#trouble = { ...this.#trouble, [side]: message }
    if (message !== undefined) this.#listeners.emit('trouble', { message })
  }

  stepped(before: State, after: State): void {
    if (before.at !== after.at) this.#moved(before, after)
    else if (after.at === 'up') this.#timersChanged(timersOf(before), timersOf(after))
  }

  #moved(before: State, after: State): void {
    const { lastDropped: _over, ...kept } = this.#kept
    this.#kept = { ...kept, sinceMillis: this.#clock.now() }
    this.#listeners.emit('state', { state: after.at, previous: before.at })
    if (after.at === 'up') this.#wentUp(after)
    if (before.at === 'up') this.#wentDown(downOf(this.#peer, before, after))
  }

  #timersChanged(was: SessionTimers | undefined, is: SessionTimers | undefined): void {
    if (is !== undefined && !same(was, is)) this.#listeners.emit('parameters', is)
  }

  #wentUp(state: State): void {
    this.#counters.sessionUpEvents++
    this.#listeners.emit('up', timersOf(state) ?? { transmitMicros: 0, detectionMicros: 0 })
  }

  #wentDown(down: SessionDown): void {
    this.#counters.sessionDownEvents++
    this.#kept = { ...this.#kept, lastDown: down }
    this.#listeners.emit('down', down)
  }
}

const same = (a: SessionTimers | undefined, b: SessionTimers): boolean =>
  a?.transmitMicros === b.transmitMicros && a.detectionMicros === b.detectionMicros
