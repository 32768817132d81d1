import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll } from '@jest/globals'
import { systemClock } from '@loadstone/clock'
import { type ApiServer, ApiUnreachable, type KubeObject, Reflector } from '@loadstone/kube'
import { eventually, useApiServer } from '@loadstone/kube/testing'
import { applyCall, WriteLanes } from '@loadstone/kube/writes'
import { ApiCluster, type Lane, type Reflections, slots } from '../../src/cluster/api-cluster'
import { watchedResources } from '../../src/cluster/resources'
import { buildWorld, projections, type WatchedKind } from '../../src/observe/observe'
import { settings } from '../objects'
import { ApiTestCluster } from './api-cluster'
import { clusterConformance } from './cluster-conformance'
import { People } from './people'

const server = useApiServer()
const kinds = Object.keys(watchedResources(settings)) as WatchedKind[]
const parse = projections(settings)
const reflectors = new Map<WatchedKind, Reflector<unknown>>()
const [lost, late] = [
  new Set<string>(),
  new Map<WatchedKind, { readonly objects: ReadonlyMap<string, unknown>; readonly version: string }>(),
]
const faults = { away: false }
const writers = new People(() => server().api)
let people: ApiTestCluster
let cluster: ApiCluster
let refused = ''

beforeAll(async () => {
  people = await new ApiTestCluster(server().api).prepare()
  const resources = watchedResources(settings)
  for (const kind of kinds) {
    const reflector = new Reflector<unknown>({
      api: server().api,
      resource: resources[kind],
      clock: systemClock,
      random: Math.random,
      project: parse[kind],
    })
    reflector.start()
    reflectors.set(kind, reflector)
  }
  cluster = new ApiCluster({
    reflections: Object.fromEntries(kinds.map((kind) => [kind, lagging(kind)])) as unknown as Reflections,
    projections: parse,
    lanes: new WriteLanes<Lane>({ api: faulty(server().api), clock: systemClock, random: Math.random, slots, budgetMillis: () => 60_000 }),
    clock: systemClock,
    settings,
    record: () => {},
    onWrite: () => {},
    onDue: () => {},
  })
  await caughtUp()
}, 120_000)
afterAll(() => {
  for (const reflector of reflectors.values()) reflector.stop()
})

/** The kind as its watch shows it; after lag(), as it was shown then. */
const lagging = (kind: WatchedKind): object => {
  const reflector = reflectors.get(kind)!
  const shown = () => late.get(kind)
  return {
    state: () => reflector.state(),
    objects: () => shown()?.objects ?? reflector.objects(),
    resourceVersion: () => shown()?.version ?? reflector.resourceVersion(),
    refresh: () => reflector.refresh(),
  }
}

const faulty = (api: ApiServer): Pick<ApiServer, 'request'> & ApiServer => ({
  watch: (call) => api.watch(call),
  close: () => api.close(),
  request: async (call) => {
    if (faults.away) throw new ApiUnreachable('not-connected', 'nobody answers')
    const answer = await api.request(call)
    const name =
      call.path
        .replace(/\/status$/, '')
        .split('/')
        .at(-1) ?? ''
    if (lost.delete(name)) throw new ApiUnreachable('broken', 'the connection broke')
    return answer
  },
})

/** Waits until all watches show what is stored. */
async function caughtUp(): Promise<void> {
  const behind = async (): Promise<readonly WatchedKind[]> => {
    const stored = await Promise.all(kinds.map((kind) => writers.list(kind)))
    return kinds.filter((kind, i) => !sameObjects(kind, stored[i]))
  }
  await eventually('the watches have told everything', behind, (kinds) => kinds.length === 0, 60_000)
}

function sameObjects(kind: WatchedKind, stored: readonly KubeObject[] | undefined): boolean {
  const reflector = reflectors.get(kind)!
  if (stored === undefined || !reflector.state().complete) return false
  const seen = [...reflector.objects().values()]
  return seen.length === stored.length && stored.every((object) => seen.some((one) => isDeepStrictEqual(one, parse[kind](object))))
}

/** Asks the API server with a dry run. */
async function mayWrite(): Promise<boolean> {
  const body = { apiVersion: 'v1', kind: 'Service', metadata: { name: refused, namespace: 'default' }, status: {} }
  const call = applyCall(watchedResources(settings).services, body, { fieldManager: 'asking', subresource: 'status' })
  const answer = await server().api.request({ ...call, query: { ...call.query, dryRun: 'All' } })
  return answer.status < 300
}

const refusing = (name: string) => ({
  kind: 'ValidatingAdmissionPolicy',
  spec: {
    failurePolicy: 'Fail',
    matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['services/status'] }] },
    validations: [{ expression: `object.metadata.name != '${name}'` }],
  },
})

clusterConformance('ApiCluster before kube-apiserver', () => ({
  put: async (api) => {
    await writers.edit(api)
    if (late.size === 0) await caughtUp()
  },
  remove: async (kind, name) => {
    await people.remove(kind, name)
    await caughtUp()
  },
  perform: async (write) => {
    const done = await cluster.perform(write)
    if (done !== 'written' && late.size === 0) await caughtUp() // own writes are visible at once, others after a while
    return done
  },
  find: (kind, name) => writers.find(kind, name),
  world: async () => buildWorld(cluster.observe().observed),
  lag: async () => {
    await caughtUp()
    for (const kind of kinds) {
      const reflector = reflectors.get(kind)!
      late.set(kind, { objects: reflector.objects(), version: reflector.resourceVersion() })
    }
  },
  catchUp: async () => {
    late.clear()
    await caughtUp()
  },
  refuse: async (_kind, name) => {
    await people.create('ValidatingAdmissionPolicy', { ...refusing(name), metadata: { name: 'refuse' } })
    const binding = { metadata: { name: 'refuse' }, spec: { policyName: 'refuse', validationActions: ['Deny'] } }
    await people.create('ValidatingAdmissionPolicyBinding', binding)
    refused = name
    await eventually('the policy is in force', mayWrite, (may) => !may, 60_000)
  },
  allow: async () => {
    await people.remove('ValidatingAdmissionPolicyBinding', 'refuse')
    await people.remove('ValidatingAdmissionPolicy', 'refuse')
    await eventually('the policy is in force no more', mayWrite, (may) => may, 60_000)
  },
  loseAnswer: (_kind, name) => void lost.add(name),
  away: (away) => {
    faults.away = away
  },
}))
