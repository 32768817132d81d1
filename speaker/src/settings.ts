import { isLevel, type Level } from './events'

/** What the pod tells its process, by environment. */
export type Settings = {
  readonly node: string
  readonly pod: string
  /** Where the plan is. */
  readonly namespace: string
  /** Where the Secrets of BGPPeers are. */
  readonly configNamespace: string
  readonly level: Level
  /** A folder in memory that outlives the container but not the pod. */
  readonly stateDirectory: string
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
  const { NODE_NAME: node = '', POD_NAME: pod = '', POD_NAMESPACE: namespace = '' } = env
  return {
    node,
    pod,
    namespace,
    configNamespace: env['LOADSTONE_CONFIG_NAMESPACE'] ?? namespace,
    level,
    stateDirectory: env['LOADSTONE_STATE_DIR'] ?? defaultStateDirectory,
    keyFile: env['LOADSTONE_KEY_FILE'],
  }
}
