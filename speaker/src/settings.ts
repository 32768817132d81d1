import { Environment, type Level, type MetricsPlace, type Variables } from '@loadstone/telemetry'

/** What the pod tells its process, by environment. */
export type Settings = {
  readonly node: string
  readonly pod: string
  /** The node's own addresses as Kubernetes knows them, which are the pod's. */
  readonly addresses: readonly string[]
  /** Where the plan is. */
  readonly namespace: string
  /** Where the Secrets of BGPPeers are. */
  readonly configNamespace: string
  readonly level: Level
  /** A folder in memory that outlives the container but not the pod. */
  readonly stateDirectory: string
  /** Where metrics are served; absent: nowhere. */
  readonly metrics: MetricsPlace | undefined
  /** Whether routers may connect to us, too. */
  readonly bgpListen: boolean
  /** Holds a key that all speakers share, so that no other process of the node can ask one to leave. Absent: none. */
  readonly keyFile: string | undefined
}

export const defaultStateDirectory = '/run/loadstone'

/** The environment as settings, or in words what is wrong with it. */
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

/** As the kubelet writes the addresses of a pod. */
const addressesIn = (list = ''): readonly string[] => list.split(',').filter((address) => address !== '')
