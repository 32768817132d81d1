export type Variables = Readonly<Record<string, string | undefined>>

/** Where metrics are served: the pod's own address, and a TCP port. */
export type MetricsPlace = { readonly host: string; readonly port: number }

/**
 * Reads the variables that a pod's manifest sets. An empty variable counts as not set. A fault is a sentence for the manifest's author. A
 * reader that meets a fault keeps it and returns a default, so that all faults are reported at once.
 */
export class Environment {
  readonly #variables: Variables
  readonly #faults: string[] = []

  constructor(variables: Variables) {
    this.#variables = variables
  }

  /** What is wrong with the variables read so far. */
  get faults(): readonly string[] {
    return this.#faults
  }

  fault(sentence: string): void {
    this.#faults.push(sentence)
  }

  text(name: string): string | undefined {
    const value = this.#variables[name]
    return value === '' ? undefined : value
  }

  /** `source` is the field of the pod that the manifest takes the value from, as in `metadata.namespace`. */
  required(name: string, source: string): string {
    const value = this.text(name)
    if (value === undefined) this.fault(`${name} is not set; take it from the pod by the downward API (${source})`)
    return value ?? ''
  }

  /** The first of `allowed` is the default. */
  oneOf<const T extends string>(name: string, allowed: readonly [T, ...T[]]): T {
    const value = this.text(name)
    const found = value === undefined ? allowed[0] : allowed.find((item) => item === value)
    if (found === undefined) this.fault(`${name} must be one of ${allowed.join(', ')}, not "${value}"`)
    return found ?? allowed[0]
  }

  whole(name: string, { from, to, otherwise }: { readonly from: number; readonly to: number; readonly otherwise: number }): number {
    const value = this.text(name)
    if (value === undefined) return otherwise
    const number = Number(value)
    if (Number.isInteger(number) && number >= from && number <= to) return number
    this.fault(`${name} must be a whole number from ${from} to ${to}, not "${value}"`)
    return otherwise
  }

  /** Undefined, and nothing is served, where LOADSTONE_METRICS_PORT is 0 or not set. */
  metrics(): MetricsPlace | undefined {
    const port = this.whole('LOADSTONE_METRICS_PORT', { from: 0, to: 65_535, otherwise: 0 })
    if (port === 0) return undefined
    const host = this.required('LOADSTONE_METRICS_ADDRESS', 'status.podIP')
    return host === '' ? undefined : { host, port }
  }

  /** `info` unless LOADSTONE_LOG_LEVEL says otherwise. */
  level(): 'info' | 'debug' | 'warn' | 'error' {
    return this.oneOf('LOADSTONE_LOG_LEVEL', ['info', 'debug', 'warn', 'error'])
  }
}
