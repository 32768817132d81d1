import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { resources } from '@loadstone/crds'
import { type ApiServer, collectionPath, type KubeObject, objectPath, type Resource, statusOf } from '@loadstone/kube'
import { createCrds, eventually } from '@loadstone/kube/testing'
import { applyCall, createCall } from '@loadstone/kube/writes'
import type { AnnouncementPlanSpec, AnnouncementSliceSpec } from '@loadstone/plan'
import { type ApiObject, speakerPod, system } from '../objects'

const manifests = join(__dirname, __dirname.includes('/out/') ? '../../../..' : '../../..', 'crds/manifests')
export const crdFiles = readdirSync(manifests)
  .filter((file) => file.endsWith('.yaml'))
  .map((file) => join(manifests, file))

const core = (plural: string): Resource => ({ group: '', version: 'v1', plural })
const kinds: Readonly<Record<string, Resource>> = {
  ...resources,
  Service: core('services'),
  Node: core('nodes'),
  Pod: core('pods'),
  Secret: core('secrets'),
  Namespace: core('namespaces'),
  EndpointSlice: { group: 'discovery.k8s.io', version: 'v1', plural: 'endpointslices' },
  Event: { group: 'events.k8s.io', version: 'v1', plural: 'events' },
  Lease: { group: 'coordination.k8s.io', version: 'v1', plural: 'leases' },
  ServiceAccount: core('serviceaccounts'),
  ...Object.fromEntries(
    ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'].map((kind) => [
      kind,
      { group: 'rbac.authorization.k8s.io', version: 'v1', plural: `${kind.toLowerCase()}s` },
    ]),
  ),
  ...Object.fromEntries(
    ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding', 'ValidatingWebhookConfiguration'].map((kind) => [
      kind,
      { group: 'admissionregistration.k8s.io', version: 'v1', plural: `${kind.toLowerCase().replace(/y$/, 'ie')}s` },
    ]),
  ),
  CustomResourceDefinition: { group: 'apiextensions.k8s.io', version: 'v1', plural: 'customresourcedefinitions' },
}
const namespaceless = new Set([
  'Node',
  'Namespace',
  'CustomResourceDefinition',
  'ClusterRole',
  'ClusterRoleBinding',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
])

/** Kinds that reset() clears: first those from which the operator derives others. Objects of the API server itself stay. */
const leftBehind = [
  'Service',
  'ServiceL2Status',
  'ServiceBGPStatus',
  'ConfigurationState',
  'EndpointSlice',
  'IPAddressPool',
  'L2Advertisement',
  'BGPAdvertisement',
  'BGPPeer',
  'Pod',
  'Node',
  'Secret',
  'AnnouncementPlan',
  'AnnouncementSlice',
  'RouteSet',
  'Event',
]
const serversOwn = ({ metadata }: KubeObject): boolean => metadata.name === 'kubernetes' && metadata.namespace === 'default'

type Name = { readonly name: string; readonly namespace?: string }
type Status = {
  readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] }
  readonly conditions?: readonly PrintedCondition[]
}
type PrintedCondition = { readonly type: string; readonly status: string; readonly reason: string; readonly message: string }

type Given = Pick<ApiObject, 'kind'> & { readonly metadata: object; readonly spec?: object; readonly status?: object }

/** A real API server, with methods that write as people, kubelets and speakers would. */
export class ApiTestCluster {
  readonly #api: ApiServer

  constructor(api: ApiServer) {
    this.#api = api
  }

  async prepare(): Promise<this> {
    await createCrds(this.#api, crdFiles)
    await this.put({ kind: 'Namespace', metadata: { name: system } })
    // A definition is established a moment before its objects are served.
    for (const kind of leftBehind) await eventually(`${kind} is served`, async () => this.#serves(kind), Boolean)
    return this
  }

  /** Replaces everything that earlier tests left by these objects. */
  async reset(...objects: readonly Given[]): Promise<void> {
    for (const kind of leftBehind) {
      const left = (await this.list(kind)).filter((object) => !serversOwn(object))
      await Promise.all(left.map(({ metadata: { name, namespace } }) => this.remove(kind, name, namespace)))
    }
    await this.put(...objects)
  }

  /** As kubectl apply does; an object of `objects.ts` is stripped of what the server fills in. */
  async put(...objects: readonly Given[]): Promise<void> {
    for (const api of objects) await this.#put(api as ApiObject)
  }

  async #put(api: ApiObject): Promise<void> {
    const { metadata, kind, status = {}, spec, ...rest } = api
    const resource = kinds[kind]!
    const { labels = {}, annotations = {} } = metadata
    const place = placeOf(api)
    const type = { apiVersion: resource.group === '' ? 'v1' : `${resource.group}/${resource.version}`, kind }
    const slice = kind === 'EndpointSlice' && { addressType: 'IPv4' }
    const body = { ...rest, ...slice, ...type, metadata: { ...place, labels, annotations }, ...asked(spec) }
    await this.#done(applyCall(resource, body, { fieldManager: 'kubectl' }))
    if (Object.keys(status).length === 0) return
    await this.#done(applyCall(resource, { ...type, metadata: place, status }, { fieldManager: 'kubelet', subresource: 'status' }))
  }

  async #done(call: Parameters<ApiServer['request']>[0]): Promise<unknown> {
    const answer = await this.#api.request(call)
    if (answer.status >= 300) throw new Error(`${call.method} ${call.path}: ${answer.status} ${statusOf(answer).message ?? ''}`)
    return answer.body
  }

  async find(kind: string, name: string, namespace: string = kind === 'Service' ? 'default' : system): Promise<KubeObject | undefined> {
    const place: Name = namespaceless.has(kind) ? { name } : { name, namespace }
    const answer = await this.#api.request({ method: 'GET', path: objectPath(kinds[kind]!, place) })
    return answer.status === 200 ? (answer.body as KubeObject) : undefined
  }

  async #serves(kind: string): Promise<boolean> {
    return (await this.#api.request({ method: 'GET', path: collectionPath(kinds[kind]!) })).status === 200
  }

  async list(kind: string): Promise<readonly KubeObject[]> {
    const body = await this.#done({ method: 'GET', path: collectionPath(kinds[kind]!) })
    return (body as { items: KubeObject[] }).items
  }

  async remove(kind: string, name: string, namespace: string = kind === 'Service' ? 'default' : system): Promise<void> {
    const place: Name = namespaceless.has(kind) ? { name } : { name, namespace }
    // Grace period 0, because no kubelet is there to end a pod.
    await this.#done({ method: 'DELETE', path: objectPath(kinds[kind]!, place), query: { gracePeriodSeconds: 0 } })
  }

  async create(kind: string, body: object, namespace?: string): Promise<void> {
    await this.#done(createCall({ ...kinds[kind]!, ...(namespace !== undefined && { namespace }) }, body))
  }

  async ips(name: string): Promise<readonly string[]> {
    const status = (await this.find('Service', name))?.['status'] as Status | undefined
    return (status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip)
  }

  async condition(kind: string, name: string, type: string): Promise<PrintedCondition | undefined> {
    const status = (await this.find(kind, name))?.['status'] as Status | undefined
    return status?.conditions?.find((condition) => condition.type === type)
  }

  async plan(node: string): Promise<AnnouncementPlanSpec | undefined> {
    return (await this.find('AnnouncementPlan', node))?.['spec'] as AnnouncementPlanSpec | undefined
  }

  /** The holder of the Lease. */
  async leader(): Promise<string> {
    return ((await this.find('Lease', 'loadstone-operator'))?.['spec'] as { holderIdentity?: string } | undefined)?.holderIdentity ?? ''
  }

  async slice(name: string): Promise<AnnouncementSliceSpec | undefined> {
    return (await this.find('AnnouncementSlice', name))?.['spec'] as AnnouncementSliceSpec | undefined
  }

  /** Writes the status of a speaker that has carried out its plan: it claims the addresses of which its node is the first candidate. */
  async speakerReports(node: string): Promise<void> {
    const plan = await eventually(
      `the plan of ${node}`,
      () => this.find('AnnouncementPlan', node),
      (found) => found !== undefined,
    )
    const { routeSets, slices } = plan!['spec'] as AnnouncementPlanSpec
    const entries = (await Promise.all(slices.map((name) => this.slice(name)))).flatMap((slice) => slice?.l2 ?? [])
    const owned = entries.filter(({ candidates }) => candidates[0] === node)
    const status = {
      observedGeneration: plan!.metadata.generation,
      observedRouteSets: routeSets,
      observedSlices: slices,
      interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', up: true, addresses: [] }],
      sessions: [],
      claims: owned.map(({ address, term }) => ({ address, term, takeovers: 0, interfaces: ['eth0'] })),
      conditions: [],
    }
    const object = { apiVersion: 'loadstone.dev/v1alpha1', kind: 'AnnouncementPlan', metadata: { name: node, namespace: system }, status }
    await this.#done(applyCall(resources.AnnouncementPlan, object, { fieldManager: 'speaker', subresource: 'status' }))
  }

  /** The resourceVersions of all objects that the operator may write. Equal lists mean that nothing was written. */
  async versions(): Promise<readonly string[]> {
    const written = [
      'Service',
      'AnnouncementPlan',
      'AnnouncementSlice',
      'RouteSet',
      'IPAddressPool',
      'L2Advertisement',
      'BGPAdvertisement',
      'BGPPeer',
      'ServiceL2Status',
      'ServiceBGPStatus',
      'ConfigurationState',
      'Event',
    ]
    const lists = await Promise.all(written.map((kind) => this.list(kind)))
    return lists.flatMap((objects, i) => objects.map(({ metadata }) => `${written[i]} ${metadata.name} ${metadata.resourceVersion}`)).sort()
  }
}

/** A speaker's pod that the API server accepts: with a container. */
export function podOf(name: string): ReturnType<typeof speakerPod> {
  const pod = speakerPod(name)
  return { ...pod, spec: { ...pod.spec, containers: [{ name: 'speaker', image: 'none' }] } }
}

const placeOf = ({ kind, metadata: { name, namespace } }: ApiObject): Name =>
  namespace === undefined || namespaceless.has(kind) ? { name } : { name, namespace }

/** The spec without fields that the API server assigns. */
function asked(given: ApiObject['spec'] = {}): { readonly spec?: object } {
  const { clusterIP: _, clusterIPs: __, ...spec } = given
  return Object.keys(spec).length > 0 ? { spec } : {}
}
