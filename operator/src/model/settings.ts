import { Environment, type Level, type MetricsPlace, type Variables } from '@loadstone/telemetry'
import { parseSelector, type Selector } from './selector'

/** balanced: spread by rendezvous hashing with bounded load. metallb: the order MetalLB would elect in. */
export type Placement = 'balanced' | 'metallb'

/** The settings of the process, parsed from its environment. */
export type OperatorSettings = {
  /** Namespace of the plans, the speakers and the lease. */
  readonly namespace: string
  readonly configNamespace: string
  /** Whether objects of the configuration's kinds in other namespaces are told that they have no effect. */
  readonly otherNamespaces: boolean
  readonly podName: string
  /** Uid of the own pod; undefined outside a pod. */
  readonly podUid: string | undefined
  /** Class of the Services to serve. Undefined: Services without a class. */
  readonly lbClass: string | undefined
  /** Nodes per L2 address, the owner included. */
  readonly candidates: number
  readonly placement: Placement
  /** Whether an address moves when its node owns more than its share. */
  readonly rebalance: boolean
  /** observe: decide, log, and write nothing. */
  readonly mode: 'active' | 'observe'
  readonly excludeInterfaces: readonly string[]
  readonly ignoreExcludeLabel: boolean
  readonly speakerSelector: Selector
  /** Write a ServiceBGPStatus for each Service and node. */
  readonly serviceBgpStatus: boolean
  readonly logLevel: Level
  readonly healthPort: number
  /** Address and port of the metrics endpoint; undefined if there is none. */
  readonly metrics: MetricsPlace | undefined
}

/** Parses the environment; returns a text for each invalid variable if there are any. */
export function parseSettings(variables: Variables): OperatorSettings | readonly string[] {
  const environment = new Environment(variables)
  const namespace = environment.required('POD_NAMESPACE', 'metadata.namespace')
  const settings: OperatorSettings = {
    namespace,
    configNamespace: environment.text('LOADSTONE_CONFIG_NAMESPACE') ?? namespace,
    otherNamespaces: environment.oneOf('LOADSTONE_OTHER_NAMESPACES', ['true', 'false']) === 'true',
    podName: environment.text('POD_NAME') ?? 'operator',
    podUid: environment.text('POD_UID'),
    lbClass: environment.text('LOADSTONE_LB_CLASS'),
    candidates: environment.whole('LOADSTONE_CANDIDATES', { from: 1, to: 8, otherwise: 3 }),
    placement: environment.oneOf('LOADSTONE_PLACEMENT', ['balanced', 'metallb']),
    rebalance: environment.oneOf('LOADSTONE_REBALANCE', ['true', 'false']) === 'true',
    mode: environment.oneOf('LOADSTONE_MODE', ['active', 'observe']),
    excludeInterfaces: patterns(environment),
    ignoreExcludeLabel: environment.oneOf('LOADSTONE_IGNORE_EXCLUDE_LB', ['false', 'true']) === 'true',
    speakerSelector: speakers(environment),
    serviceBgpStatus: environment.oneOf('LOADSTONE_SERVICE_BGP_STATUS', ['false', 'true']) === 'true',
    logLevel: environment.level(),
    healthPort: environment.whole('LOADSTONE_HEALTH_PORT', { from: 0, to: 65_535, otherwise: 17_472 }),
    metrics: environment.metrics(),
  }
  return environment.faults.length === 0 ? settings : environment.faults
}

const defaultSpeakers = 'app.kubernetes.io/name=loadstone,app.kubernetes.io/component=speaker'

/** Regular expressions separated by white space, which no interface name contains. */
function patterns(environment: Environment): readonly string[] {
  const found = (environment.text('LOADSTONE_EXCLUDE_INTERFACES') ?? '').split(/\s+/).filter((pattern) => pattern !== '')
  for (const pattern of found)
    if (compiles(pattern) === undefined) environment.fault(`LOADSTONE_EXCLUDE_INTERFACES: "${pattern}" is no regular expression`)
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
function speakers(environment: Environment): Selector {
  const value = environment.text('LOADSTONE_SPEAKER_SELECTOR') ?? defaultSpeakers
  const pairs = value.split(',').map((pair) => pair.split('='))
  const selector = pairs.every((pair) => pair.length === 2 && pair[0] !== '')
    ? parseSelector({ matchLabels: Object.fromEntries(pairs.map(([key = '', label = '']) => [key.trim(), label.trim()])) })
    : 'not of the form key=value,key2=value2'
  if (typeof selector !== 'string') return selector
  environment.fault(`LOADSTONE_SPEAKER_SELECTOR "${value}": ${selector}`)
  return []
}
