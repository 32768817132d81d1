import { parseSelector, type Selector } from './selector'

/** balanced: spread by rendezvous hashing with bounded load. metallb: the order MetalLB would elect in. */
export type Placement = 'balanced' | 'metallb'

/** Everything that is set from outside, parsed once. */
export type Settings = {
  /** Namespace of the plans, the speakers and the lease. */
  readonly namespace: string
  readonly configNamespace: string
  readonly podName: string
  /** Only Services of this class; undefined: only those without one. */
  readonly lbClass: string | undefined
  /** Nodes per L2 address, the owner included. */
  readonly candidates: number
  readonly placement: Placement
  /** observe: decide, log, and write nothing. */
  readonly mode: 'active' | 'observe'
  readonly excludeInterfaces: readonly string[]
  readonly ignoreExcludeLabel: boolean
  readonly speakerSelector: Selector
  readonly logLevel: string
  readonly healthPort: number
  /** Where metrics are served; undefined: nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** The environment as settings, or in words what is wrong with it. */
export function parseSettings(environment: Environment): Settings | readonly string[] {
  const faults: string[] = []
  const namespace = environment['POD_NAMESPACE'] ?? ''
  if (namespace === '') faults.push('POD_NAMESPACE is not set; take it from the pod by the downward API (metadata.namespace)')
  const settings: Settings = {
    namespace,
    configNamespace: given(environment, 'LOADSTONE_CONFIG_NAMESPACE') ?? namespace,
    podName: given(environment, 'POD_NAME') ?? 'operator',
    lbClass: given(environment, 'LOADSTONE_LB_CLASS'),
    candidates: whole(environment, 'LOADSTONE_CANDIDATES', { from: 1, to: 8, otherwise: 3 }, faults),
    placement: oneOf(environment, 'LOADSTONE_PLACEMENT', ['balanced', 'metallb'], faults),
    mode: oneOf(environment, 'LOADSTONE_MODE', ['active', 'observe'], faults),
    excludeInterfaces: patterns(environment['LOADSTONE_EXCLUDE_INTERFACES'] ?? '', faults),
    ignoreExcludeLabel: oneOf(environment, 'LOADSTONE_IGNORE_EXCLUDE_LB', ['false', 'true'], faults) === 'true',
    speakerSelector: speakers(given(environment, 'LOADSTONE_SPEAKER_SELECTOR') ?? defaultSpeakers, faults),
    logLevel: oneOf(environment, 'LOADSTONE_LOG_LEVEL', ['info', 'debug', 'warn', 'error'], faults),
    healthPort: whole(environment, 'LOADSTONE_HEALTH_PORT', { from: 0, to: 65_535, otherwise: 17_472 }, faults),
    metrics: metricsAt(environment, faults),
  }
  return faults.length === 0 ? settings : faults
}

function metricsAt(environment: Environment, faults: string[]): Settings['metrics'] {
  const port = whole(environment, 'LOADSTONE_METRICS_PORT', { from: 0, to: 65_535, otherwise: 0 }, faults)
  const host = given(environment, 'LOADSTONE_METRICS_ADDRESS')
  if (port !== 0 && host === undefined)
    faults.push('LOADSTONE_METRICS_ADDRESS is not set; take it from the pod by the downward API (status.podIP)')
  return port === 0 || host === undefined ? undefined : { host, port }
}

const defaultSpeakers = 'app.kubernetes.io/name=loadstone,app.kubernetes.io/component=speaker'

const given = (environment: Environment, name: string): string | undefined =>
  environment[name] === undefined || environment[name] === '' ? undefined : environment[name]

function whole(environment: Environment, name: string, bounds: { from: number; to: number; otherwise: number }, faults: string[]): number {
  const value = given(environment, name)
  if (value === undefined) return bounds.otherwise
  const number = Number(value)
  if (Number.isInteger(number) && number >= bounds.from && number <= bounds.to) return number
  faults.push(`${name} must be a whole number from ${bounds.from} to ${bounds.to}, not "${value}"`)
  return bounds.otherwise
}

/** The first is the default. */
function oneOf<const T extends string>(environment: Environment, name: string, allowed: readonly [T, ...T[]], faults: string[]): T {
  const value = given(environment, name)
  const found = value === undefined ? allowed[0] : allowed.find((item) => item === value)
  if (found === undefined) faults.push(`${name} must be one of ${allowed.join(', ')}, not "${value}"`)
  return found ?? allowed[0]
}

/** Separated by white space, which no interface name contains. */
function patterns(value: string, faults: string[]): readonly string[] {
  const found = value.split(/\s+/).filter((pattern) => pattern !== '')
  for (const pattern of found)
    if (compiles(pattern) === undefined) faults.push(`LOADSTONE_EXCLUDE_INTERFACES: "${pattern}" is no regular expression`)
  return found
}

export function compiles(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern)
  } catch {
    return undefined
  }
}

/** `key=value,key2=value2`, as kubectl -l writes equality. */
function speakers(value: string, faults: string[]): Selector {
  const pairs = value.split(',').map((pair) => pair.split('='))
  const selector = pairs.every((pair) => pair.length === 2 && pair[0] !== '')
    ? parseSelector({ matchLabels: Object.fromEntries(pairs.map(([key = '', label = '']) => [key.trim(), label.trim()])) })
    : 'not of the form key=value,key2=value2'
  if (typeof selector !== 'string') return selector
  faults.push(`LOADSTONE_SPEAKER_SELECTOR "${value}": ${selector}`)
  return []
}
