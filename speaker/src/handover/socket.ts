import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '@loadstone/clock'
import { runToCompletion } from '@loadstone/fsm'
import { type Action, begin, type Event, type State, type Step, step } from './fsm'

/** What the speaker does when its role changes. */
type HandoverDeps = {
  /** The role is taken: carry out everything. */
  serve(): void
  /** Give up everything announced, silently on L2. Resolves when BGP connections are closed, with the handover state, one line of text. */
  handOver(): Promise<string | undefined>
  /** Continue from the handover state of the predecessor. */
  resume(handoverState: string): void
  /** A process without the key asked this speaker to leave. */
  refused(): void
  /** The state changed; for the log. */
  became(state: State['at'], because: Event): void
}

/** How long a predecessor may take to leave. Closing its BGP sessions takes milliseconds. */
const answerMillis = 3_000
const soonMillis = 50

/**
 * The path of an abstract socket, padded: the kernel compares names including their length. Node 20 always passes 108 octets, Node 24 only
 * those given, and both may run during an upgrade of the image.
 */
const abstractPath = (name: string): string => `\0${name}`.padEnd(108, '\0')

/** Reads the key that all speakers share, from the file that the chart mounts. */
export const readKey = (path: string | undefined): string => (path === undefined ? '' : readFileSync(path, 'utf8').trim())

/** Proves knowledge of the key without sending it. */
const proofOf = (key: string, challenge: string): string => createHmac('sha256', key).update(`take-over ${challenge}`).digest('hex')

/**
 * Performs the actions of fsm.ts over an abstract Unix socket. Its name belongs to the network namespace, which the two pods of a node
 * share, and vanishes with the process that holds it. Lines of text: the holder begins with `challenge <nonce>`, the successor asks with
 * `take-over <proof>`, the holder ends with `left <handover state>`. An abstract name has no permissions, so without a key any process
 * in the node's network namespace could ask a speaker to leave.
 */
export class Handover {
  readonly #path: string
  readonly #key: string
  readonly #clock: Clock
  readonly #deps: HandoverDeps
  #state: State = begin.state
  #server: Server | undefined
  #holder: Socket | undefined
  #successor: Socket | undefined
  #challenge: string | undefined
  #asking = false
  #handoverState: string | undefined
  #ended = false

  constructor({ name, key }: { readonly name: string; readonly key: string }, clock: Clock, role: HandoverDeps) {
    this.#path = abstractPath(name)
    this.#key = key
    this.#clock = clock
    this.#deps = role
  }

  get state(): State['at'] {
    return this.#state.at
  }

  start(): void {
    this.#take(begin, 'retry-due')
  }

  /** The speaker is ready to serve. May be called again. */
  prepared(): void {
    this.#feed('prepared')
  }

  /** The process ends: the other speaker sees its connection close. */
  end(): void {
    this.#ended = true
    this.#server?.close()
    this.#holder?.destroy()
    this.#successor?.destroy()
  }

  #feed(event: Event): void {
    if (!this.#ended) this.#inbox(event)
  }

  readonly #inbox = runToCompletion<Event>((event) => this.#take(step(this.#state, event), event))

  #take({ state, actions }: Step, because: Event): void {
    const changed = state.at !== this.#state.at
    this.#state = state
    if (changed) this.#deps.became(state.at, because)
    for (const action of actions) this.#perform(action)
  }

  #perform(action: Action): void {
    const perform: Readonly<Record<Action, () => void>> = {
      bind: () => this.#bind(),
      unbind: () => this.#unbind(),
      connect: () => this.#connect(),
      ask: () => this.#ask(),
      'say-left': () => this.#sayLeft(),
      serve: () => this.#deps.serve(),
      leave: () => void this.#handOver(),
      'await-answer': () => void this.#clock.after(answerMillis, () => this.#feed('holder-silent')),
      'retry-soon': () => void this.#clock.after(soonMillis, () => this.#feed('retry-due')),
    }
    perform[action]()
  }

  async #handOver(): Promise<void> {
    try {
      this.#handoverState = await this.#deps.handOver()
    } finally {
      this.#feed('gone')
    }
  }

  /** Sends the handover state once; it is stale afterwards. */
  #sayLeft(): void {
    this.#successor?.write(this.#handoverState === undefined ? 'left\n' : `left ${this.#handoverState}\n`)
    this.#handoverState = undefined
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

  /** Frees the name at once; accepted connections stay open. */
  #unbind(): void {
    this.#server?.close()
    this.#server = undefined
  }

  #accept(socket: Socket): void {
    const challenge = randomBytes(16).toString('hex')
    onLines(socket, longestRequest, (line) => {
      const [word, proof = ''] = line.split(' ')
      if (word !== 'take-over') return
      if (!equal(proof, proofOf(this.#key, challenge))) {
        this.#deps.refused()
        socket.destroy()
        return
      }
      this.#successor = socket
      this.#feed('successor-asks')
    })
    socket.write(`challenge ${challenge}\n`)
    socket.once('close', () => {
      if (socket !== this.#successor) return
      this.#successor = undefined
      this.#feed('successor-lost')
    })
  }

  /** Asks as soon as the holder has sent its challenge; a holder that hangs never sends one. */
  #ask(): void {
    this.#asking = true
    if (this.#challenge !== undefined) this.#holder?.write(`take-over ${proofOf(this.#key, this.#challenge)}\n`)
  }

  #connect(): void {
    this.#holder?.destroy() // the former holder no longer has the name
    const socket = createConnection(this.#path)
    this.#holder = socket
    this.#challenge = undefined
    this.#asking = false
    let reached = false
    const feed = (event: Event): void => {
      if (socket === this.#holder) this.#feed(event)
    }
    socket.once('connect', () => {
      reached = true
      feed('reached')
    })
    onLines(socket, longestHandoverState, (line) => {
      if (socket === this.#holder) this.#answered(line, feed)
    })
    socket.once('close', () => feed(reached ? 'holder-lost' : 'nobody'))
  }

  /** Handles a line of the holder. Handover state is resumed first, because its sessions are silent meanwhile. */
  #answered(line: string, feed: (event: Event) => void): void {
    const [word = ''] = line.split(' ', 1)
    const rest = line.slice(word.length + 1)
    if (word === 'left') {
      if (rest !== '') this.#deps.resume(rest)
      feed('holder-left')
    }
    if (word !== 'challenge') return
    this.#challenge = rest
    if (this.#asking) this.#ask()
  }
}

/** Runs `run` for each line. A longer line than any speaker writes ends the connection. */
function onLines(socket: Socket, longest: number, run: (line: string) => void): void {
  let partial = ''
  socket.setEncoding('utf8')
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: string) => {
    const lines = (partial + chunk).split('\n')
    partial = lines.pop() ?? ''
    if (partial.length > longest) socket.destroy()
    for (const line of lines) run(line)
  })
}

const longestRequest = 256
/** Characters. A BFD session takes some 500 of them. */
const longestHandoverState = 1 << 20

const equal = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
