import { systemClock } from '@loadstone/clock'
import { resources } from '@loadstone/crds'
import { type KubeObject, Reflector, type Resource } from '@loadstone/kube'
import type { RunningApiServer } from '@loadstone/kube/testing'
import { applyCall, type QueuedWrite, WriteLanes } from '@loadstone/kube/writes'
import type { RouteSetSpec } from '@loadstone/plan'
import type { ApiTestCluster } from '../cluster/api-cluster'
import { endpoints, node, service, speakerPod } from '../objects'

type ServiceStatus = { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] } }
const ipOf = ({ status }: KubeObject): string => (status as ServiceStatus | undefined)?.loadBalancer?.ingress?.[0]?.ip ?? ''
const prefixesOf = ({ spec }: KubeObject): readonly string[] => (spec as RouteSetSpec).routes.map(({ prefix }) => prefix)
const plural: Resource = { group: '', version: 'v1', plural: 'services' }

/** Many Services on a real API server, followed by watches, because polling would be load on what is measured. */
export class Crowd {
  readonly #server: RunningApiServer
  readonly #cluster: ApiTestCluster
  readonly #names: readonly string[]
  #services: Reflector<string> | undefined
  #sets: Reflector<readonly string[]> | undefined

  constructor(server: RunningApiServer, cluster: ApiTestCluster, count: number) {
    this.#server = server
    this.#cluster = cluster
    this.#names = Array.from({ length: count }, (_, i) => `s${i}`)
  }

  /** Three nodes with speakers, and the Services with an endpoint each. */
  async create(): Promise<void> {
    for (const name of ['n1', 'n2', 'n3']) {
      const pod = speakerPod(name)
      await this.#cluster.put(node(name), { ...pod, spec: { ...pod.spec, containers: [{ name: 'speaker', image: 'none' }] } })
    }
    for (let i = 0; i < this.#names.length; i += 20)
      await Promise.all(this.#names.slice(i, i + 20).map((name) => this.#cluster.put(service(name), endpoints(`default/${name}`, ['n1']))))
    this.#services = this.#follow(plural, ipOf)
    this.#sets = this.#follow(resources.RouteSet, prefixesOf)
  }

  /** Milliseconds that the API server needs for the same statuses alone. Writes them without an operator, then clears them. */
  async writeAlone(): Promise<number> {
    const started = performance.now()
    await this.#write((i) => [{ ip: `10.9.${i >> 8}.${i & 255}` }])
    const took = performance.now() - started
    await this.#write(() => [])
    await until('all are cleared', this.#services!, (all) => all.every((ip) => ip === ''))
    return took
  }

  allAddressed(): Promise<number> {
    return until('all have addresses', this.#services!, (all) => all.filter((ip) => ip !== '').length >= this.#names.length)
  }

  allRouted(): Promise<number> {
    return until('all routes', this.#sets!, (sets) => sets.flat().length === this.#names.length)
  }

  addressed(name: string): Promise<number> {
    return until(`${name} has an address`, this.#services!, () => this.#ip(name) !== '')
  }

  routed(name: string): Promise<number> {
    return until(`${name} has a route`, this.#sets!, (sets) => sets.flat().includes(`${this.#ip(name)}/32`))
  }

  /** The addresses that Services have now. */
  addresses(): readonly string[] {
    return [...(this.#services?.objects().values() ?? [])].filter((ip) => ip !== '')
  }

  stop(): void {
    this.#services?.stop()
    this.#sets?.stop()
  }

  #ip(name: string): string {
    return this.#services?.objects().get(`default/${name}`) ?? ''
  }

  #follow<T>(resource: Resource, project: (object: KubeObject) => T): Reflector<T> {
    const reflector = new Reflector({ api: this.#server.api, resource, clock: systemClock, random: () => 0.5, project })
    reflector.start()
    return reflector
  }

  async #write(ingress: (i: number) => readonly object[]): Promise<void> {
    const lanes = new WriteLanes({
      api: this.#server.api,
      clock: systemClock,
      random: () => 0.5,
      slots: { all: 24 },
      budgetMillis: () => 30_000,
    })
    const writes = this.#names.map((name, i): QueuedWrite<'all'> => {
      const status = { loadBalancer: { ingress: ingress(i) } }
      const object = { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'default' }, status }
      return { lane: 'all', object: name, call: applyCall(plural, object, { fieldManager: 'alone', subresource: 'status' }) }
    })
    await lanes.perform(writes)
  }
}

/** The time at which the objects are right, by performance.now(). */
function until<T>(what: string, reflector: Reflector<T>, right: (objects: readonly T[]) => boolean): Promise<number> {
  const holds = (): boolean => right([...reflector.objects().values()])
  return new Promise((resolve, reject) => {
    if (holds()) return resolve(performance.now())
    const late = setTimeout(() => {
      cancel()
      reject(new Error(`${what}: not within two minutes`))
    }, 120_000)
    const cancel = reflector.onChange(() => {
      if (!holds()) return
      cancel()
      clearTimeout(late)
      resolve(performance.now())
    })
  })
}
