import type { Clock } from '@loadstone/clock'
import { runToCompletion } from '@loadstone/fsm'
import type { ControlPacket } from '../packet/control-packet'
import { Alarm, nowMicros } from './deadline-timer'
import { type Action, begin, type Event, type State, type Step, step, type Timer } from './fsm'
import { type Budget, fullBudget, refillMicros, spend } from './rate-limit'
import { jitteredMicros } from './timing'

export type EngineParts = {
  readonly discriminator: number
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly send: (packet: ControlPacket) => void
  /** As Transport.settled. */
  readonly settled: (run: () => void) => void
  readonly onStep: (before: State, after: State) => void
}

/** Performs what step() decided: sends, keeps the two timers, feeds back what happened. It decides nothing. */
export class Engine {
  readonly #parts: EngineParts
  readonly #alarms: Readonly<Record<Timer, Alarm>>
  #state: State
  #stopped = false
  #owesNews = false
  #budget: Budget
  #heardMicros: number
  #sentMicros: number

  constructor(parts: EngineParts, state: State) {
    this.#parts = parts
    this.#state = state
    this.#heardMicros = nowMicros(parts.clock)
    this.#sentMicros = this.#heardMicros
    this.#budget = fullBudget(this.#heardMicros)
    this.#alarms = {
      transmit: new Alarm(parts.clock, () => this.feed({ is: 'transmit-due' })),
      detection: new Alarm(parts.clock, () => this.#doubtPeer()),
    }
  }

  get state(): State {
    return this.#state
  }

  start(): void {
    this.#take(begin(this.#parts, this.#state))
  }

  /** A packet accepted for this session, which the kernel received `lateMicros` ago. */
  hear(packet: ControlPacket, lateMicros: number): void {
    this.#heardMicros = Math.max(this.#heardMicros, nowMicros(this.#parts.clock) - lateMicros)
    this.feed({ is: 'packet', packet })
  }

  feed(event: Event): void {
    if (!this.#stopped) this.#feed(event)
  }

  /** Silent from now on. */
  stop(): void {
    this.#stopped = true
    this.#alarms.transmit.off()
    this.#alarms.detection.off()
  }

  readonly #feed = runToCompletion<Event>((event) => this.#take(step(this.#parts, this.#state, event)))

  #take({ state, actions }: Step): void {
    const before = this.#state
    this.#state = state
    for (const action of actions) this.#perform(action)
    this.#settleDebt()
    this.#parts.onStep(before, state)
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
        this.#alarms[action.timer].off()
    }
  }

  #send({ why, packet }: Extract<Action, { do: 'send' }>): void {
    const now = nowMicros(this.#parts.clock)
    if (why !== 'due') {
      const left = spend(this.#budget, now)
      if (left === undefined) {
        // News goes with the next packet, soon. A Final is not owed: who polls asks again.
        this.#owesNews ||= why === 'news'
        return
      }
      this.#budget = left
    }
    this.#sentMicros = now
    this.#parts.send(packet)
  }

  /** After the step, because its own timers were meant for a packet that left. */
  #settleDebt(): void {
    if (!this.#owesNews) return
    this.#owesNews = false
    const soon = nowMicros(this.#parts.clock) + refillMicros
    this.#alarms.transmit.set(Math.min(soon, this.#alarms.transmit.dueMicros ?? soon))
  }

  #armTransmit(periodMicros: number): void {
    const { wanted } = this.#state
    this.#alarms.transmit.set(this.#sentMicros + jitteredMicros(periodMicros, wanted.detectMultiplier, this.#parts.random))
  }

  #armDetection(patienceMicros: number): void {
    this.#alarms.detection.set(this.#heardMicros + patienceMicros)
  }

  /** This thread may be late rather than the peer silent: what has arrived is heard first, and sets the alarm anew by when it arrived. */
  #doubtPeer(): void {
    this.#parts.settled(() => {
      if (this.#alarms.detection.dueMicros === undefined) this.feed({ is: 'detection-expired' })
    })
  }
}
