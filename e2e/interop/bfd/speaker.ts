import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Host, type Running, until } from '../host'

const main = join(__dirname, '../../../libs/bfd/out/src/cli/main.js')

/** An event as the command line prints it; which fields it has depends on which event it is. `atMillis` since 1970. */
export type Heard = {
  readonly event: string
  readonly atMillis: number
  readonly state: string
  readonly by: string
  readonly reason: string
  readonly message: string
  readonly detectionMicros: number
  readonly pace?: { readonly transmitMicros: number; readonly detectionMicros: number }
  readonly peer?: { readonly state: string; readonly diagnostic: string }
  readonly counters: {
    readonly controlPacketInput: number
    readonly sessionUpEvents: number
    readonly sessionDownEvents: number
    readonly dropped: Readonly<Record<string, number>>
  }
}

/** Our end of a session, a process of its own on a host, led by its command line from outside. */
export class Speaker {
  readonly #running: Running
  readonly #events: Heard[] = []
  #readTo = 0
  #read = 0

  constructor(host: Host, options: readonly string[]) {
    if (!existsSync(main)) throw new Error(`${main} is missing: run \`make build\``)
    this.#running = host.spawn(['node', main, ...options])
  }

  get pid(): number {
    return this.#running.child.pid as number
  }

  /** All it has printed so far, each line read once. */
  get events(): readonly Heard[] {
    const output = this.#running.output()
    const end = output.lastIndexOf('\n') + 1
    for (const line of output.slice(this.#readTo, end).split('\n')) if (line.startsWith('{')) this.#events.push(JSON.parse(line) as Heard)
    this.#readTo = end
    return this.#events
  }

  /** The next event of the name, among those nobody has asked for yet, that satisfies. */
  async next(name: string, seconds = 60, satisfies: (event: Heard) => boolean = () => true): Promise<Heard> {
    return until(`event "${name}" of our end`, seconds, () => {
      const { events } = this
      const found = events.findIndex((event, i) => i >= this.#read && event.event === name && satisfies(event))
      if (found < 0) return undefined
      this.#read = found + 1
      return events[found]
    })
  }

  /** As it is now: events before the answer are no longer waited for. */
  async status(): Promise<Heard> {
    this.#read = this.events.length
    this.tell({ do: 'status' })
    return this.next('status')
  }

  /** Waits until the status satisfies. */
  async is(what: string, satisfies: (status: Heard) => boolean, seconds = 60): Promise<Heard> {
    const end = Date.now() + seconds * 1000
    for (;;) {
      const status = await this.status()
      if (satisfies(status)) return status
      await new Promise((resolve) => setTimeout(resolve, 20))
      if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}; the status is ${JSON.stringify(status)}`)
    }
  }

  tell(command: object): void {
    this.#running.child.stdin?.write(`${JSON.stringify(command)}\n`)
  }

  kill(signal: NodeJS.Signals): void {
    this.#running.child.kill(signal)
  }
}
