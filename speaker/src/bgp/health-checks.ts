import type { Cancel, Clock, Millis } from '@loadstone/clock'

/**
 * What a healthCheckNodePort answers: 200, 503 (kube-proxy counts no ready pod of the Service here), anything else, or a refused
 * connection. The latter means that kube-proxy is away, and says nothing about pods.
 */
export type HealthAnswer = 'pods' | 'no-pods' | 'failed' | 'refused'
export type AskHealthPort = (port: number) => Promise<HealthAnswer>

/** What is known of a port. `silent`: routes that carry the port are not announced. */
type HealthPortState = { readonly silent: boolean; readonly failures: number }
export const unasked: HealthPortState = { silent: false, failures: 0 }

const enoughFailures = 3

/** 200 and 503 take effect at once; other failures only after three in a row; a refused connection changes nothing. */
export function judge(before: HealthPortState, answer: HealthAnswer): HealthPortState {
  switch (answer) {
    case 'pods':
      return unasked
    case 'no-pods':
      return { silent: true, failures: 0 }
    case 'refused':
      return { ...before, failures: 0 }
    case 'failed': {
      const failures = Math.min(enoughFailures, before.failures + 1)
      return { silent: before.silent || failures === enoughFailures, failures }
    }
  }
}

const betweenMillis = 1_000
/** A request costs both ends some 0.2 ms, so with thousands of ports each is asked less often than once a second. */
const requestsPerSecond = 200

/** Asks the ports of the routes that carry one, each once a second, and knows which of them have no pods. */
export class HealthChecks {
  readonly #clock: Clock
  readonly #ask: AskHealthPort
  readonly #onChange: () => void
  readonly #ports = new Map<number, { state: HealthPortState; timer: Cancel | undefined }>()
  #silent: ReadonlySet<number> = new Set()

  constructor(clock: Clock, ask: AskHealthPort, onChange: () => void) {
    this.#clock = clock
    this.#ask = ask
    this.#onChange = onChange
  }

  /** Ports that have no pods; the same set while nothing changed. */
  silent(): ReadonlySet<number> {
    return this.#silent
  }

  /** Asks exactly these ports. A new port is asked at once, and counts as having pods until it has answered. */
  reconcile(ports: ReadonlySet<number>): void {
    const gone = [...this.#ports.keys()].filter((port) => !ports.has(port))
    for (const port of gone) {
      this.#ports.get(port)?.timer?.()
      this.#ports.delete(port)
    }
    if (gone.some((port) => this.#silent.has(port))) this.#remember()
    for (const port of ports) {
      if (this.#ports.has(port)) continue
      this.#ports.set(port, { state: unasked, timer: undefined })
      void this.#request(port)
    }
  }

  async #request(port: number): Promise<void> {
    const asked = this.#ports.get(port)
    if (asked === undefined) return
    const began = this.#clock.now()
    const answer = await this.#ask(port)
    if (this.#ports.get(port) !== asked) return // no longer desired
    const before = asked.state
    asked.state = judge(before, answer)
    asked.timer = this.#clock.after(Math.max(0, began + this.#periodMillis() - this.#clock.now()), () => void this.#request(port))
    if (asked.state.silent === before.silent) return
    this.#remember()
    this.#onChange()
  }

  #periodMillis(): Millis {
    return Math.max(betweenMillis, (this.#ports.size / requestsPerSecond) * 1_000)
  }

  #remember(): void {
    this.#silent = new Set([...this.#ports].flatMap(([port, { state }]) => (state.silent ? [port] : [])))
  }
}
