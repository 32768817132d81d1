import type { Clock } from '@loadstone/clock'
import { runToCompletion } from '@loadstone/fsm'
import type { ControlPacket } from '../packet/control-packet'
import { DeadlineTimer, nowMicros } from '../timers/deadline-timer'
import { fullAllowance, refillMicros, type SendAllowance, spend } from '../timers/rate-limit'
import { jitteredMicros } from '../timers/timing'
import { type Action, begin, type Event, type State, type Step, step, type Timer } from './fsm'

type SessionRunnerDeps = {
  readonly discriminator: number
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly send: (packet: ControlPacket) => void
  /** As Transport.settled. */
  readonly settled: (run: () => void) => void
  readonly onStep: (before: State, after: State) => void
}

/** Performs the actions of step(): sends, runs the two timers, and feeds events back to it. */
export class SessionRunner {
  readonly #deps: SessionRunnerDeps
  readonly #timers: Readonly<Record<Timer, DeadlineTimer>>
  #state: State
  #stopped = false
  #stateChangeUnsent = false
  #allowance: SendAllowance
  #receivedMicros: number
  #sentMicros: number

  constructor(deps: SessionRunnerDeps, state: State) {
    this.#deps = deps
    this.#state = state
    this.#receivedMicros = nowMicros(deps.clock)
    this.#sentMicros = this.#receivedMicros
    this.#allowance = fullAllowance(this.#receivedMicros)
    this.#timers = {
      transmit: new DeadlineTimer(deps.clock, () => this.feed({ is: 'transmit-due' })),
      detection: new DeadlineTimer(deps.clock, () => this.#checkDetection()),
    }
  }

  get state(): State {
    return this.#state
  }

  start(): void {
    this.#take(begin(this.#deps, this.#state))
  }

  /** A packet accepted for this session, which the kernel received `lateMicros` ago. */
  receive(packet: ControlPacket, lateMicros: number): void {
    this.#receivedMicros = Math.max(this.#receivedMicros, nowMicros(this.#deps.clock) - lateMicros)
    this.feed({ is: 'packet', packet })
  }

  feed(event: Event): void {
    if (!this.#stopped) this.#feed(event)
  }

  /** Silent from now on. */
  stop(): void {
    this.#stopped = true
    this.#timers.transmit.off()
    this.#timers.detection.off()
  }

  readonly #feed = runToCompletion<Event>((event) => this.#take(step(this.#deps, this.#state, event)))

  #take({ state, actions }: Step): void {
    const before = this.#state
    this.#state = state
    for (const action of actions) this.#perform(action)
    this.#retryStateChange()
    this.#deps.onStep(before, state)
  }

  #perform(action: Action): void {
    switch (action.do) {
      case 'send':
        this.#send(action)
        break
      case 'arm':
        if (action.timer === 'transmit') this.#armTransmit(action.micros)
        else this.#armDetection(action.micros)
        break
      case 'disarm':
        this.#timers[action.timer].off()
    }
  }

  #send({ why, packet }: Extract<Action, { do: 'send' }>): void {
    const now = nowMicros(this.#deps.clock)
    if (why !== 'due') {
      const left = spend(this.#allowance, now)
      if (left === undefined) {
        // The next periodic packet carries the state. A Final that is not sent is asked for again by the polling peer.
        this.#stateChangeUnsent ||= why === 'news'
        return
      }
      this.#allowance = left
    }
    this.#sentMicros = now
    this.#deps.send(packet)
  }

  /** After the step, because its own timers were meant for a packet that left. */
  #retryStateChange(): void {
    if (!this.#stateChangeUnsent) return
    this.#stateChangeUnsent = false
    const soon = nowMicros(this.#deps.clock) + refillMicros
    this.#timers.transmit.set(Math.min(soon, this.#timers.transmit.dueMicros ?? soon))
  }

  #armTransmit(periodMicros: number): void {
    const { wanted } = this.#state
    this.#timers.transmit.set(this.#sentMicros + jitteredMicros(periodMicros, wanted.detectMultiplier, this.#deps.random))
  }

  #armDetection(detectionTimeMicros: number): void {
    this.#timers.detection.set(this.#receivedMicros + detectionTimeMicros)
  }

  /** This thread may be late rather than the peer silent: what has arrived is heard first, and sets the alarm anew by when it arrived. */
  #checkDetection(): void {
    this.#deps.settled(() => {
      if (this.#timers.detection.dueMicros === undefined) this.feed({ is: 'detection-expired' })
    })
  }
}
