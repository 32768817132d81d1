import Operator, {
  type OperatorLogger,
  type ResourceEvent,
  ResourceEventType,
  type ResourceMeta,
  ResourceMetaImpl,
} from '@dot-i/k8s-operator'
import { CoreV1Api, type KubernetesObject } from '@kubernetes/client-node'
import type { Clock } from '@loadstone/clock'
import { type ApiAnswer, type ApiCall, type ApiServer, ApiUnreachable } from './client/api-server'
import { withDefinitionCheck } from './client/crd-deletion-guard'
import { statusOf } from './client/http-api-server'
import { kubeConfigServer } from './client/kubeconfig-client'
import { type KubeObject, type ObjectName, whole } from './client/object'
import { PooledKubeConfig } from './client/pooled-kubeconfig'
import { collectionPath, type Resource } from './client/resource'
import type { Change, Reflection } from './reflector/reflection'
import { Reflector } from './reflector/reflector'
import { applyCall, type Manager, mergePatchCall } from './writes/write-calls'

type ReflectingOperatorOptions = {
  readonly clock: Clock
  /** Uniform in [0, 1): jitter. */
  readonly random: () => number
  /** Field manager of the fields that setResourceStatus and patchResourceStatus write. */
  readonly fieldManager: string
  readonly logger: OperatorLogger
}

type WatchArguments = [group: string, version: string, plural: string, onEvent: (event: ResourceEvent) => Promise<void>, namespace?: string]

const eventType = { added: ResourceEventType.Added, modified: ResourceEventType.Modified, deleted: ResourceEventType.Deleted } as const

/**
 * The Operator of @dot-i/k8s-operator with its access to the API server replaced, because its watch loses events and ends the process
 * after 30 s without one. Lifecycle, event types and handleResourceFinalizer are inherited. The API server is the one that KUBECONFIG,
 * ~/.kube/config or the pod's service account names, in that order.
 */
export abstract class ReflectingOperator extends Operator {
  /** For calls that the base class has no method for. */
  protected readonly api: ApiServer
  readonly #options: ReflectingOperatorOptions
  readonly #reflectors: Reflector<unknown>[] = []
  readonly #watched = new Map<string, { readonly resource: Resource; readonly reflection: Reflection<KubeObject> }>()
  #events: Promise<void> = Promise.resolve()

  constructor(options: ReflectingOperatorOptions) {
    super(options.logger)
    this.#options = options
    const config = new PooledKubeConfig()
    config.loadFromDefault()
    this.kubeConfig = config
    this.k8sApi = config.makeApiClient(CoreV1Api)
    this.api = kubeConfigServer({ config, clock: options.clock })
  }

  override stop(): void {
    for (const reflector of this.#reflectors) reflector.stop()
    void this.api.close()
    super.stop()
  }

  /** A copy of the resource that follows the API server until stop(). Of a custom kind it stays when the definition is deleted. */
  protected reflect<T>(resource: Resource, project: (object: KubeObject) => T): Reflection<T> {
    const { clock, random } = this.#options
    const reflector = new Reflector({ api: withDefinitionCheck(this.api), resource, clock, random, project })
    this.#reflectors.push(reflector as Reflector<unknown>)
    reflector.start()
    return reflector
  }

  /** The copy that watchResource follows; undefined for an id that is not watched. */
  protected reflection(id: string): Reflection<KubeObject> | undefined {
    return this.#watched.get(id)?.reflection
  }

  /** Calls the handler for one event at a time. An error of the handler is logged. */
  protected override async watchResource(...[group, version, plural, onEvent, namespace]: WatchArguments): Promise<void> {
    const resource = { group, version, plural, ...(namespace !== undefined && { namespace }) }
    const reflection = this.reflect(resource, whole)
    this.#watched.set(idOf(resource), { resource, reflection })
    reflection.onEach((change) => {
      this.#events = this.#events.then(() => onEvent(eventOf(plural, change))).catch((error: unknown) => this.logger.error(String(error)))
    })
  }

  protected override getCustomResourceApiUri(group: string, version: string, plural: string, namespace?: string): string {
    const resource = { group, version, plural, ...(namespace !== undefined && { namespace }) }
    return `${this.kubeConfig.getCurrentCluster()?.server ?? ''}${collectionPath(resource)}`
  }

  /** Applies the status; fields of other managers stay. Returns null and logs the reason if the write fails. */
  protected override setResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta | null> {
    const { apiVersion, kind, resourceVersion } = meta
    const object = { apiVersion, kind, metadata: { ...nameOf(meta), resourceVersion }, status }
    return this.#write(meta, (resource) => applyCall(resource, object, this.#manager('status')))
  }

  protected override patchResourceStatus(meta: ResourceMeta, status: unknown): Promise<ResourceMeta | null> {
    return this.#write(meta, (resource) => mergePatchCall(resource, nameOf(meta), { status }, this.#manager('status')))
  }

  /** Replaces the list of finalizers. Fails if the object has changed, since another finalizer may have been added. */
  protected override async setResourceFinalizers(meta: ResourceMeta, finalizers: string[]): Promise<void> {
    const metadata = { finalizers, resourceVersion: meta.resourceVersion }
    await this.#write(meta, (resource) => mergePatchCall(resource, nameOf(meta), { metadata }, this.#manager()))
  }

  #manager(subresource?: 'status'): Manager {
    const { fieldManager } = this.#options
    return subresource === undefined ? { fieldManager } : { fieldManager, subresource }
  }

  async #write(meta: ResourceMeta, callFor: (resource: Resource) => ApiCall): Promise<ResourceMeta | null> {
    const resource = this.#watched.get(meta.id)?.resource
    if (resource === undefined) throw new Error(`${meta.id} is not watched: call watchResource before writing to it`)
    const answer = await this.#ask(callFor(resource))
    if (answer?.status === 200) return ResourceMetaImpl.createWithId(meta.id, answer.body as KubernetesObject)
    if (answer !== undefined) this.logger.error(`${meta.id} ${meta.name}: ${statusOf(answer).message}`)
    return null
  }

  async #ask(call: ApiCall): Promise<ApiAnswer | undefined> {
    try {
      return await this.api.request(call)
    } catch (error) {
      if (!(error instanceof ApiUnreachable)) throw error
      this.logger.error(error.message)
      return undefined
    }
  }
}

/** The id that the base class uses: `services.v1`, `bgppeers.metallb.io/v1beta2`. */
const idOf = ({ group, version, plural }: Resource): string => `${plural}.${group === '' ? version : `${group}/${version}`}`

const nameOf = ({ namespace, name }: ResourceMeta): ObjectName => (namespace === undefined ? { name } : { namespace, name })

function eventOf(plural: string, { type, object }: Change<KubeObject>): ResourceEvent {
  const plain = object as unknown as KubernetesObject
  return { meta: ResourceMetaImpl.createWithPlural(plural, plain), type: eventType[type], object: plain }
}
