import { rmSync } from 'node:fs'
import { createConnection, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiCall, objectPath, type Resource } from '@loadstone/kube'
import { createCrds, type RunningApiServer, serviceAccountToken } from '@loadstone/kube/testing'
import { applyCall } from '@loadstone/kube/writes'
import {
  type AnnouncementPlanSpec,
  type AnnouncementSliceSpec,
  nodeLabelKey,
  planGroup,
  planVersion,
  type RouteSetSpec,
  routesLabelKey,
} from '@loadstone/plan'
import type { AnnouncementPlanStatus } from '@loadstone/plan/status'
import { type Host, nodeUnderTest } from './host'
import { planNamespace } from './speaker-process'

const manifests = join(__dirname, __dirname.includes('/out/') ? '../../../..' : '../../..', 'crds/manifests')
const kind = (plural: string): Resource => ({ group: planGroup, version: planVersion, plural, namespace: planNamespace })
const rbac = (plural: string): Resource => ({ group: 'rbac.authorization.k8s.io', version: 'v1', plural, namespace: planNamespace })
const secrets: Resource = { group: '', version: 'v1', plural: 'secrets', namespace: planNamespace }
const apiVersion = `${planGroup}/${planVersion}`
const manager = { fieldManager: 'test' }

/** A real API server, on which tests write plans as the operator does. */
export class Cluster {
  readonly #server: RunningApiServer
  readonly token: string

  private constructor(server: RunningApiServer, token: string) {
    this.#server = server
    this.token = token
  }

  /** With the kinds, and a service account that may do what a speaker's may and nothing more. */
  static async on(server: RunningApiServer): Promise<Cluster> {
    const names = ['announcementplans', 'announcementslices', 'routesets']
    await createCrds(server.api, names.map((name) => join(manifests, `loadstone.dev_${name}.yaml`))) // biome-ignore format: one line
    const token = await serviceAccountToken(server.api, planNamespace, 'speaker')
    const cluster = new Cluster(server, token)
    const rules = [
      { apiGroups: [planGroup], resources: names, verbs: ['list', 'watch'] },
      { apiGroups: [planGroup], resources: ['announcementplans/status'], verbs: ['patch'] },
      { apiGroups: [''], resources: ['secrets'], verbs: ['get'] },
    ]
    const version = 'rbac.authorization.k8s.io/v1'
    const metadata = { name: 'speaker', namespace: planNamespace }
    await cluster.#call(applyCall(rbac('roles'), { apiVersion: version, kind: 'Role', metadata, rules }, manager))
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'speaker' }
    const subjects = [{ kind: 'ServiceAccount', ...metadata }]
    await cluster.#call(applyCall(rbac('rolebindings'), { apiVersion: version, kind: 'RoleBinding', metadata, roleRef, subjects }, manager))
    return cluster
  }

  plan(spec: AnnouncementPlanSpec): Promise<unknown> {
    return this.#apply('AnnouncementPlan', spec.node, spec, {})
  }

  slice(name: string, spec: AnnouncementSliceSpec): Promise<unknown> {
    return this.#apply('AnnouncementSlice', name, spec, { [nodeLabelKey]: spec.node })
  }

  routeSet(name: string, spec: RouteSetSpec): Promise<unknown> {
    return this.#apply('RouteSet', name, spec, { [routesLabelKey]: 'shared' })
  }

  async secret(name: string, password: string): Promise<string> {
    const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: planNamespace }, stringData: { password } }
    const body = (await this.#call(applyCall(secrets, object, manager))) as { metadata: { resourceVersion: string } }
    return body.metadata.resourceVersion
  }

  delete(plural: string, name: string): Promise<unknown> {
    return this.#call({ method: 'DELETE', path: objectPath(plural === 'secrets' ? secrets : kind(plural), { name }) })
  }

  async status(node: string): Promise<AnnouncementPlanStatus | undefined> {
    const plan = await this.#call({ method: 'GET', path: objectPath(kind('announcementplans'), { name: node }) })
    return (plan as { status?: AnnouncementPlanStatus }).status
  }

  /** Lets the host reach the API server at a port of its own loopback, through a path that both see. */
  async reachableFrom(host: Host): Promise<{ readonly access: { port: number; ca: string; token: string }; close(): void }> {
    const path = join(tmpdir(), `api-${process.pid}-${host.pid}.sock`)
    const outside = await relay(path, Number(new URL(this.#server.url).port))
    const program = `const net = require('net'); net.createServer((a) => { const b = net.connect('${path}'); for (const s of [a, b]) s.on('error', () => {}); a.pipe(b).pipe(a); a.on('close', () => b.destroy()); b.on('close', () => a.destroy()) }).listen(6443, '127.0.0.1')`
    host.start([nodeUnderTest, '-e', program])
    const close = (): void => {
      outside.close()
      rmSync(path, { force: true })
    }
    return { access: { port: 6443, ca: this.#server.ca, token: this.token }, close }
  }

  #apply(kindName: string, name: string, spec: unknown, labels: Readonly<Record<string, string>>): Promise<unknown> {
    const object = { apiVersion, kind: kindName, metadata: { name, namespace: planNamespace, labels }, spec }
    return this.#call(applyCall(kind(`${kindName.toLowerCase()}s`), object, manager))
  }

  async #call(call: ApiCall): Promise<unknown> {
    const { status, body } = await this.#server.api.request(call)
    if (status >= 300) throw new Error(`${call.method} ${call.path}: ${status} ${JSON.stringify(body).slice(0, 500)}`)
    return body
  }
}

function relay(path: string, port: number): Promise<Server> {
  const server = createServer((inner) => {
    const outer = createConnection(port, '127.0.0.1')
    for (const socket of [inner, outer]) socket.on('error', () => socket.destroy())
    inner.pipe(outer).pipe(inner)
    inner.on('close', () => outer.destroy())
    outer.on('close', () => inner.destroy())
  })
  return new Promise((resolve) => server.listen(path, () => resolve(server)))
}
