import type { AnnouncementPlanSpec, AnnouncementSliceSpec, RouteSetSpec } from '@loadstone/plan'
import { type Host, nodeUnderTest, type Program } from './host'

export const planNamespace = 'metallb-system'
const account = '/var/run/secrets/kubernetes.io/serviceaccount'

/** Root with these capabilities and no way to more, as the chart has it. */
const asInPod = (...capabilities: readonly string[]): readonly string[] => {
  const bounding = ['-all', ...capabilities.map((name) => `+${name}`)].join(',')
  return ['setpriv', '--bounding-set', bounding, '--inh-caps', '-all', '--no-new-privs']
}

export type SpeakerOptions = {
  /** The folder of the built speaker. */
  readonly built: string
  readonly node: string
  /** Two pods of a node have folders of their own. */
  readonly pod?: string
  /** Where the API server answers; absent: nowhere. */
  readonly api?: { readonly port: number; readonly ca: string; readonly token: string }
  readonly level?: string
  readonly keyFile?: string
  /** Routers may connect to it: the chart's speaker.bgp.listen. */
  readonly listen?: boolean
  /** Where metrics are served; absent: nowhere. */
  readonly metrics?: { readonly host: string; readonly port: number }
}

const stateDirectory = (pod: string): string => `/run/loadstone-${pod}`

/** Starts a speaker on the host as kubelet would. */
export function startSpeaker(host: Host, { built, node, pod = 'a', api, level = 'info', ...more }: SpeakerOptions): Program {
  host.write(`${account}/token`, api?.token ?? 'none')
  host.write(`${account}/ca.crt`, api?.ca ?? '')
  host.run(`mkdir -p ${stateDirectory(pod)}`)
  const capabilities = more.listen === true ? ['net_raw', 'net_bind_service'] : ['net_raw']
  return host.start([...asInPod(...capabilities), nodeUnderTest, `${built}/speaker.js`], {
    NODE_NAME: node,
    POD_NAME: `speaker-${pod}`,
    POD_NAMESPACE: planNamespace,
    LOADSTONE_STATE_DIR: stateDirectory(pod),
    LOADSTONE_LOG_LEVEL: level,
    ...environmentOf(more),
    KUBERNETES_SERVICE_HOST: '127.0.0.1',
    KUBERNETES_SERVICE_PORT: `${api?.port ?? 1}`,
  })
}

type Optional = Pick<SpeakerOptions, 'keyFile' | 'listen' | 'metrics'>

const environmentOf = ({ keyFile, listen = false, metrics }: Optional): Readonly<Record<string, string>> => ({
  ...(keyFile === undefined ? {} : { LOADSTONE_KEY_FILE: keyFile }),
  ...(listen ? { LOADSTONE_BGP_LISTEN: 'true' } : {}),
  ...(metrics === undefined ? {} : { LOADSTONE_METRICS_ADDRESS: metrics.host, LOADSTONE_METRICS_PORT: `${metrics.port}` }),
})

/** `speaker.js probe`, as kubelet runs it in the pod. */
export const isReady = (host: Host, built: string, pod = 'a', question = ''): boolean =>
  host.can(`env LOADSTONE_STATE_DIR=${stateDirectory(pod)} ${nodeUnderTest} ${built}/speaker.js probe ${question}`.trim())

type Content = {
  readonly plan: AnnouncementPlanSpec
  readonly slices?: Readonly<Record<string, AnnouncementSliceSpec>>
  readonly routeSets?: Readonly<Record<string, RouteSetSpec>>
  /** By Secret, read at resourceVersion 1. */
  readonly passwords?: Readonly<Record<string, string>>
}

/** A plan as an earlier life of the container saved it, for speakers without an API server. */
export function savePlan(host: Host, { plan, slices = {}, routeSets = {}, passwords = {} }: Content, pod = 'a'): void {
  const kept = <T>(specs: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(specs).map(([name, spec]) => [name, { generation: 1, spec }]))
  const read = Object.fromEntries(Object.entries(passwords).map(([name, text]) => [name, { text, planned: '1' }]))
  const file = { format: 1, plan: { generation: 1, spec: plan }, slices: kept(slices), routeSets: kept(routeSets), passwords: read }
  host.write(`${stateDirectory(pod)}/plan.json`, JSON.stringify(file))
}
