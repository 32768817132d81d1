import { existsSync } from 'node:fs'
import { type Host, inRepository, type Running, until } from './host'

/**
 * A command line of ours as a process on a host. It prints events as lines of JSON and reads commands from its standard input. `E` has the
 * fields of every event; which of them one has depends on its `event`.
 */
export class CliProcess<E extends { readonly event: string }> {
  protected readonly running: Running
  readonly #events: E[] = []
  #readTo = 0
  #read = 0

  /** `main` is the path of the program in the repository. Throws if it is not built. */
  constructor(host: Host, main: string, options: readonly string[]) {
    const file = inRepository(main)
    if (!existsSync(file)) throw new Error(`${file} is missing: run \`make build\``)
    this.running = host.spawn(['node', file, ...options])
  }

  get pid(): number {
    return this.running.child.pid as number
  }

  /** Every event printed so far. */
  get events(): readonly E[] {
    const output = this.running.output()
    const end = output.lastIndexOf('\n') + 1
    for (const line of output.slice(this.#readTo, end).split('\n')) if (line.startsWith('{')) this.#events.push(JSON.parse(line) as E)
    this.#readTo = end
    return this.#events
  }

  /** The next event of this name that satisfies, among those after the last one returned. Throws after `seconds`. */
  async next(name: string, seconds = 60, satisfies: (event: E) => boolean = () => true): Promise<E> {
    return until(`event "${name}" of our end`, seconds, () => {
      const { events } = this
      const found = events.findIndex((event, i) => i >= this.#read && event.event === name && satisfies(event))
      if (found < 0) return undefined
      this.#read = found + 1
      return events[found]
    })
  }

  /** Makes next() pass over the events printed so far. */
  skipEvents(): void {
    this.#read = this.events.length
  }

  tell(command: object): void {
    this.running.child.stdin?.write(`${JSON.stringify(command)}\n`)
  }

  kill(signal: NodeJS.Signals): void {
    this.running.child.kill(signal)
  }
}
