import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'

export const root = join(__dirname, '../..')
export const chart = join(root, 'charts/loadstone')

/** Runs Helm. Throws an Error with its output if it fails. */
export function helm(...args: readonly string[]): string {
  return execFileSync(join(root, 'tools/helm'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

/** The chart as a release named loadstone in the namespace loadstone-system, as text. */
export const render = (...options: readonly string[]): string =>
  helm('template', 'loadstone', chart, '--namespace', 'loadstone-system', ...options)

type Manifest = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly spec?: unknown
}

/** The rendered chart as objects. */
export const manifests = (...options: readonly string[]): readonly Manifest[] =>
  parseAllDocuments(render(...options)).flatMap((document) => (document.contents === null ? [] : [document.toJS() as Manifest]))

/** The fields of a pod spec that tests read. */
type Pod = {
  readonly hostNetwork?: boolean
  readonly serviceAccountName: string
  readonly automountServiceAccountToken?: boolean
  readonly priorityClassName?: string
  readonly securityContext: Readonly<Record<string, unknown>>
  readonly tolerations?: readonly { readonly key: string; readonly operator: string; readonly effect?: string }[]
  readonly volumes?: readonly { readonly name: string; readonly emptyDir?: { readonly medium: string } }[]
  readonly containers: readonly [Container]
}
type Container = {
  readonly image: string
  readonly imagePullPolicy: string
  readonly args: readonly string[]
  readonly env: readonly {
    readonly name: string
    readonly value?: string
    readonly valueFrom?: { readonly fieldRef: { readonly fieldPath: string } }
  }[]
  readonly ports?: readonly object[]
  readonly securityContext: {
    readonly capabilities: { readonly drop: readonly string[]; readonly add?: readonly string[] }
    readonly allowPrivilegeEscalation: boolean
    readonly readOnlyRootFilesystem: boolean
    readonly runAsUser?: number
  }
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[]
  readonly readinessProbe: Readonly<Record<string, unknown>>
}
type Workload = {
  readonly replicas?: number
  readonly updateStrategy?: unknown
  readonly minReadySeconds?: number
  readonly template: { readonly metadata: object; readonly spec: Pod }
}

export function workload(kind: 'Deployment' | 'DaemonSet', options: readonly string[] = []): Workload {
  return manifests(...options).find((manifest) => manifest.kind === kind)?.spec as Workload
}
export const podOf = (kind: 'Deployment' | 'DaemonSet', options: readonly string[] = []): Pod => workload(kind, options).template.spec
export const environmentOf = (pod: Pod): Readonly<Record<string, string>> =>
  Object.fromEntries(pod.containers[0].env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom?.fieldRef.fieldPath ?? '']))
