import { createConnection, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '@loadstone/clock'
import { type Action, begin, type Event, type State, type Step, step } from './handover'

/** What the speaker does when its role changes. */
export type Role = {
  /** Carry out everything. */
  serve(): void
  /** Give up everything announced, silently on L2; resolves when the BGP connections are closed. */
  leave(): Promise<void>
  /** For the log. */
  became(state: State['at'], because: Event): void
}

/** How long a predecessor may take to leave. Closing its BGP sessions takes milliseconds. */
const answerMillis = 3_000
const soonMillis = 50

type Word = 'take-over' | 'left'

/**
 * Performs what handover.ts decides, over an abstract Unix socket: such a name belongs to the network namespace, which the two pods
 * of a node share, and it is gone with the process that holds it. Lines of text, one word each.
 */
export class Handover {
  readonly #path: string
  readonly #clock: Clock
  readonly #role: Role
  #state: State = begin.state
  #server: Server | undefined
  #holder: Socket | undefined
  #successor: Socket | undefined
  #ended = false
  readonly #inbox: Event[] = []
  #busy = false

  constructor(name: string, clock: Clock, role: Role) {
    this.#path = `\0${name}`
    this.#clock = clock
    this.#role = role
  }

  get state(): State['at'] {
    return this.#state.at
  }

  start(): void {
    this.#take(begin, 'retry-due')
  }

  /** Everything is ready to be carried out. May be repeated. */
  prepared(): void {
    this.#feed('prepared')
  }

  /** The process ends: whoever watches sees the connections close. */
  end(): void {
    this.#ended = true
    this.#server?.close()
    this.#holder?.destroy()
    this.#successor?.destroy()
  }

  /** Runs to completion: an event raised while acting waits, or two steps' actions would interleave. */
  #feed(event: Event): void {
    if (this.#ended) return
    this.#inbox.push(event)
    if (this.#busy) return
    this.#busy = true
    for (let next = this.#inbox.shift(); next !== undefined; next = this.#inbox.shift()) this.#take(step(this.#state, next), next)
    this.#busy = false
  }

  #take({ state, actions }: Step, because: Event): void {
    const changed = state.at !== this.#state.at
    this.#state = state
    if (changed) this.#role.became(state.at, because)
    for (const action of actions) this.#perform(action)
  }

  #perform(action: Action): void {
    const perform: Readonly<Record<Action, () => void>> = {
      bind: () => this.#bind(),
      unbind: () => this.#unbind(),
      connect: () => this.#connect(),
      ask: () => say(this.#holder, 'take-over'),
      'say-left': () => say(this.#successor, 'left'),
      serve: () => this.#role.serve(),
      leave: () => void this.#role.leave().finally(() => this.#feed('gone')),
      'await-answer': () => void this.#clock.after(answerMillis, () => this.#feed('holder-silent')),
      'retry-soon': () => void this.#clock.after(soonMillis, () => this.#feed('retry-due')),
    }
    perform[action]()
  }

  #bind(): void {
    if (this.#server !== undefined) {
      this.#feed('bound')
      return
    }
    const server = createServer((socket) => this.#accept(socket))
    server.once('error', () => {
      this.#server = undefined
      this.#feed('name-taken')
    })
    server.listen(this.#path, () => this.#feed('bound'))
    this.#server = server
  }

  /** The name is free at once; connections that it brought stay open. */
  #unbind(): void {
    this.#server?.close()
    this.#server = undefined
  }

  #accept(socket: Socket): void {
    onWords(socket, (word) => {
      if (word !== 'take-over') return
      this.#successor = socket
      this.#feed('successor-asks')
    })
    socket.once('close', () => {
      if (socket !== this.#successor) return
      this.#successor = undefined
      this.#feed('successor-lost')
    })
  }

  #connect(): void {
    this.#holder?.destroy() // of one that no longer has the name
    const socket = createConnection(this.#path)
    this.#holder = socket
    let reached = false
    const feed = (event: Event): void => {
      if (socket === this.#holder) this.#feed(event)
    }
    socket.once('connect', () => {
      reached = true
      feed('reached')
    })
    onWords(socket, (word) => {
      if (word === 'left') feed('holder-left')
    })
    socket.once('close', () => feed(reached ? 'holder-lost' : 'nobody'))
  }
}

function say(socket: Socket | undefined, word: Word): void {
  socket?.write(`${word}\n`)
}

/** A line longer than any word ends the connection: whoever wrote it is no speaker. */
function onWords(socket: Socket, run: (word: string) => void): void {
  let partial = ''
  socket.setEncoding('utf8')
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: string) => {
    const lines = (partial + chunk).split('\n')
    partial = lines.pop() ?? ''
    if (partial.length > 64) socket.destroy()
    for (const line of lines) run(line)
  })
}
