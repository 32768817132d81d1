import { existsSync, readFileSync } from 'node:fs'
import { type Host, inRepository, type Running, until } from './host'

const main = inRepository('libs/bgp/out/src/cli/main.js')

export type SpokenRoute = {
  readonly prefix: string
  readonly nextHop?: string
  readonly med?: number
  readonly localPref?: number
  readonly communities?: readonly string[]
  readonly largeCommunities?: readonly string[]
  readonly extendedCommunities?: readonly string[]
}

/** An event as the command line prints it; which fields it has depends on which event it is. */
export type Heard = {
  readonly event: string
  readonly state: string
  readonly message: string
  readonly code?: number
  readonly subcode?: number
  readonly agreed: { readonly families: readonly string[] } & Readonly<Record<string, unknown>>
  readonly told: { readonly ipv4: number; readonly ipv6: number }
  readonly heard: { readonly ipv4: number; readonly ipv6: number }
  readonly unannounced: readonly { readonly reason: string }[]
}

/** Our speaker, a process of its own on a host, led by its command line from outside. */
export class Speaker {
  readonly #running: Running
  readonly #events: Heard[] = []
  #readTo = 0
  #read = 0

  constructor(host: Host, options: readonly string[], command = 'speak') {
    if (!existsSync(main)) throw new Error(`${main} is missing: run \`make build\``)
    this.#running = host.spawn(['node', main, command, '--json', '--control', ...options])
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
    return until(`event "${name}" of the speaker`, seconds, () => {
      const { events } = this
      const found = events.findIndex((event, i) => i >= this.#read && event.event === name && satisfies(event))
      if (found < 0) return undefined
      this.#read = found + 1
      return events[found]
    })
  }

  tell(command: object): void {
    this.#running.child.stdin?.write(`${JSON.stringify(command)}\n`)
  }

  setRoutes(routes: readonly SpokenRoute[]): void {
    this.tell({ do: 'set-routes', routes })
  }

  async status(): Promise<Heard> {
    this.tell({ do: 'status' })
    return this.next('status')
  }

  async stop(reason?: string): Promise<void> {
    this.tell({ do: 'stop', reason })
    await this.next('stopped')
  }

  kill(signal: NodeJS.Signals): void {
    this.#running.child.kill(signal)
  }

  /** Resident memory now. */
  memoryMegabytes(): number {
    const status = readFileSync(`/proc/${this.#running.child.pid}/status`, 'utf8')
    return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024)
  }

  get ended(): Promise<void> {
    return this.#running.ended
  }
}
