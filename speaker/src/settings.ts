import { isLevel, type Level } from './events'

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
  readonly metrics: { readonly host: string; readonly port: number } | undefined
  /** Whether routers may connect to us, too. */
  readonly bgpListen: boolean
  /** Holds a key that all speakers share, so that no other process of the node can ask one to leave. Absent: none. */
  readonly keyFile: string | undefined
}

export const defaultStateDirectory = '/run/loadstone'

/** Or what is wrong with the environment, for the person who wrote the manifest. */
export function settingsFrom(env: Readonly<Record<string, string | undefined>>): Settings | { readonly wrong: string } {
  const missing = ['NODE_NAME', 'POD_NAME', 'POD_NAMESPACE'].filter((name) => (env[name] ?? '') === '')
  if (missing.length > 0)
    return { wrong: `not set in the environment: ${missing.join(', ')}; the chart takes them from the pod's own fields` }
  const level = env['LOADSTONE_LOG_LEVEL'] ?? 'info'
  if (!isLevel(level)) return { wrong: `LOADSTONE_LOG_LEVEL is "${level}": write error, warn, info or debug` }
  const ports = portsFrom(env)
  if (typeof ports === 'string') return { wrong: ports }
  const { NODE_NAME: node = '', POD_NAME: pod = '', POD_NAMESPACE: namespace = '' } = env
  return {
    node,
    pod,
    addresses: addressesIn(env['LOADSTONE_NODE_ADDRESSES']),
    namespace,
    configNamespace: env['LOADSTONE_CONFIG_NAMESPACE'] ?? namespace,
    level,
    stateDirectory: env['LOADSTONE_STATE_DIR'] ?? defaultStateDirectory,
    ...ports,
    keyFile: env['LOADSTONE_KEY_FILE'],
  }
}

/** As the kubelet writes the addresses of a pod. */
const addressesIn = (list = ''): readonly string[] => list.split(',').filter((address) => address !== '')

/** Where others may connect to. */
function portsFrom(env: Readonly<Record<string, string | undefined>>): Pick<Settings, 'metrics' | 'bgpListen'> | string {
  const listen = env['LOADSTONE_BGP_LISTEN'] ?? 'false'
  if (listen !== 'true' && listen !== 'false') return `LOADSTONE_BGP_LISTEN is "${listen}": write true or false`
  const metrics = metricsFrom(env)
  return typeof metrics === 'string' ? metrics : { metrics, bgpListen: listen === 'true' }
}

function metricsFrom(env: Readonly<Record<string, string | undefined>>): Settings['metrics'] | string {
  const { LOADSTONE_METRICS_ADDRESS: host = '', LOADSTONE_METRICS_PORT: text = '' } = env
  if (text === '') return undefined
  const port = Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65_535) return `LOADSTONE_METRICS_PORT is "${text}": write a port, or leave it out`
  if (host === '') return "LOADSTONE_METRICS_ADDRESS is not set; the chart takes it from the pod's status.podIP"
  return { host, port }
}
