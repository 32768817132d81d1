import { type ApiServer, collectionPath, type KubeObject, objectPath, statusOf } from '@loadstone/kube'
import { createCall } from '@loadstone/kube/writes'
import { watchedResources } from '../../src/cluster/resources'
import { poolAnnotation } from '../../src/model/annotations'
import type { WatchedKind } from '../../src/observe/observe'
import { type ApiObject, settings, system } from '../objects'
import { pluralOf } from './sim-cluster'

/** What everybody but the operator does at an API server. */
export class People {
  readonly #api: () => ApiServer

  constructor(api: () => ApiServer) {
    this.#api = api
  }

  async #done(call: Parameters<ApiServer['request']>[0]): Promise<KubeObject> {
    const answer = await this.#api().request(call)
    if (answer.status >= 300) throw new Error(`${call.method} ${call.path}: ${answer.status} ${statusOf(answer).message ?? ''}`)
    return answer.body as KubeObject
  }

  /** All objects of a kind; undefined if it is not served yet, as shortly after the creation of its definition. */
  async list(kind: WatchedKind): Promise<readonly KubeObject[] | undefined> {
    const { namespace, ...resource } = watchedResources(settings)[kind]
    const answer = await this.#api().request({ method: 'GET', path: collectionPath(resource) })
    const { items } = answer.body as { items: readonly KubeObject[] }
    return answer.status === 200 ? items.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace) : undefined
  }

  async find(kind: string, name: string): Promise<ApiObject | undefined> {
    const answer = await this.#api().request({ method: 'GET', path: placeOf(kind, name) })
    return answer.status === 200 ? ({ spec: {}, status: {}, ...(answer.body as object) } as unknown as ApiObject) : undefined
  }

  async remove(kind: string, name: string): Promise<void> {
    await this.#api().request({ method: 'DELETE', path: placeOf(kind, name) })
  }

  /** Replaces an object as kubectl edit does, except that the operator's annotation stays. Cluster IPs are given by the server. */
  async edit(api: ApiObject): Promise<void> {
    const { kind, metadata, spec, status, ...rest } = api
    const { clusterIP: _, clusterIPs: __, ...asked } = spec
    const before = await this.find(kind, metadata.name)
    const resource = watchedResources(settings)[pluralOf[kind]!]
    const type = { kind, apiVersion: resource.group === '' ? 'v1' : `${resource.group}/${resource.version}` }
    const { labels = {}, annotations = {}, name } = metadata
    if (before === undefined) {
      const body = { ...rest, ...type, metadata: { ...placed(kind, name), labels, annotations }, spec: asked }
      await this.#done(createCall({ ...resource, ...namespaceOf(kind) }, body))
    } else {
      const { clusterIP, clusterIPs } = before.spec as { clusterIP?: string; clusterIPs?: readonly string[] }
      const noted = before.metadata.annotations?.[poolAnnotation]
      const kept = { ...before.metadata, labels, annotations: { ...(noted !== undefined && { [poolAnnotation]: noted }), ...annotations } }
      const fixed = clusterIP === undefined ? {} : { clusterIP, clusterIPs }
      const body = { ...before, ...rest, ...type, metadata: kept, spec: { ...asked, ...fixed } }
      await this.#done({ method: 'PUT', path: placeOf(kind, name), body })
    }
    if (Object.keys(status).length > 0) await this.report(kind, name, status)
  }

  /** Replaces the status of an object, as a kubelet or a speaker does. */
  async report(kind: string, name: string, status: object): Promise<void> {
    const now = await this.find(kind, name)
    await this.#done({ method: 'PUT', path: placeOf(kind, name, 'status'), body: { ...now, status } })
  }
}

const clusterWide = new Set(['Node', 'Namespace'])
const ofUsers = new Set(['Service', 'EndpointSlice'])

function namespaceOf(kind: string): { readonly namespace?: string } {
  if (clusterWide.has(kind)) return {}
  return { namespace: ofUsers.has(kind) ? 'default' : system }
}

const placed = (kind: string, name: string): { readonly name: string; readonly namespace?: string } => ({ name, ...namespaceOf(kind) })

const placeOf = (kind: string, name: string, part?: 'status'): string =>
  objectPath(watchedResources(settings)[pluralOf[kind]!], placed(kind, name), part)
