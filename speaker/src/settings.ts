import { Environment, type Level, type MetricsPlace, type Variables } from '@loadstone/telemetry'

/** The settings of the process, which it reads from environment variables. */
export type Settings = {
  readonly node: string
  readonly pod: string
  /** The node's addresses in Kubernetes, which are also the pod's. */
  readonly addresses: readonly string[]
  /** Namespace of the plan. */
  readonly namespace: string
  /** Namespace of the Secrets of BGPPeers. */
  readonly configNamespace: string
  readonly level: Level
  /** A folder in memory that outlives the container but not the pod. */
  readonly stateDirectory: string
  /** Address and port of metrics; undefined: metrics are not served. */
  readonly metrics: MetricsPlace | undefined
  /** Whether routers may connect to this node as well. */
  readonly bgpListen: boolean
  /** File with a key that all speakers share, so that no other process of the node can ask a speaker to leave. Undefined: no key. */
  readonly keyFile: string | undefined
}

export const defaultStateDirectory = '/run/loadstone'

/** The settings, or sentences that say what is wrong with the variables. */
export function settingsFrom(variables: Variables): Settings | readonly string[] {
  const environment = new Environment(variables)
  const namespace = environment.required('POD_NAMESPACE', 'metadata.namespace')
  const settings: Settings = {
    node: environment.required('NODE_NAME', 'spec.nodeName'),
    pod: environment.required('POD_NAME', 'metadata.name'),
    namespace,
    configNamespace: environment.text('LOADSTONE_CONFIG_NAMESPACE') ?? namespace,
    level: environment.level(),
    stateDirectory: environment.text('LOADSTONE_STATE_DIR') ?? defaultStateDirectory,
    metrics: environment.metrics(),
    bgpListen: environment.oneOf('LOADSTONE_BGP_LISTEN', ['false', 'true']) === 'true',
    addresses: addressesIn(environment.text('LOADSTONE_NODE_ADDRESSES')),
    keyFile: environment.text('LOADSTONE_KEY_FILE'),
  }
  return environment.faults.length === 0 ? settings : environment.faults
}

/** Reads a list of addresses as kubelet writes it, separated by commas. */
const addressesIn = (list = ''): readonly string[] => list.split(',').filter((address) => address !== '')
