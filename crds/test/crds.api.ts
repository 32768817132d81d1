import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, beforeEach, describe, test } from '@jest/globals'
import { type ApiAnswer, type ApiCall, statusOf } from '@loadstone/kube'
import { useApiServer } from '@loadstone/kube/testing'
import type { AnnouncementPlanStatus } from '@loadstone/plan/status'
import { crdOf, crds } from './manifests'
import { accepted, type ObjectSample, refused } from './samples'

const server = useApiServer()
const call = (what: Partial<ApiCall> & { readonly path: string }): Promise<ApiAnswer> => server().api.request({ method: 'GET', ...what })

const namespace = 'default'
const root = join(__dirname, '../..')
const pathOf = ({ apiVersion, kind }: ObjectSample): string =>
  `/apis/${apiVersion}/namespaces/${namespace}/${crdOf(kind).spec.names.plural}`
const create = (sample: ObjectSample, query: ApiCall['query'] = {}): Promise<ApiAnswer> =>
  call({ method: 'POST', path: pathOf(sample), query, body: sample })
const read = (sample: ObjectSample): Promise<ApiAnswer> => call({ path: `${pathOf(sample)}/${sample.metadata.name}` })
const merge = (sample: ObjectSample, body: object): Promise<ApiAnswer> =>
  call({ method: 'PATCH', path: `${pathOf(sample)}/${sample.metadata.name}`, body, contentType: 'application/merge-patch+json' })
const apply = (sample: ObjectSample & { readonly status?: object }, manager: string, part = ''): Promise<ApiAnswer> =>
  call({
    method: 'PATCH',
    path: `${pathOf(sample)}/${sample.metadata.name}${part}`,
    query: { fieldManager: manager, force: true },
    body: sample,
    contentType: 'application/apply-patch+yaml',
  })
const messageOf = (answer: ApiAnswer): string => statusOf(answer).message ?? ''

/** The object in a successful answer. */
type Found = {
  readonly apiVersion: string
  readonly metadata: Record<string, unknown>
  readonly spec?: Record<string, unknown>
  readonly status?: unknown
}
function ok(answer: ApiAnswer, status = 200): Found {
  assert.equal(answer.status, status, messageOf(answer))
  return answer.body as Found
}

/** Runs kubectl; returns its output and its warnings. */
function kubectl(...args: readonly string[]): { readonly output: string; readonly said: string } {
  const { stdout, stderr } = spawnSync(join(binaries, 'kubectl'), ['--kubeconfig', server().kubeconfig(), ...args], { encoding: 'utf8' })
  return { output: stdout, said: stderr }
}
let binaries: string
let installed: ReturnType<typeof kubectl>

/** Applies the manifests as the README says. One test checks the output, all use the kinds. */
beforeAll(async () => {
  binaries = execFileSync(join(root, 'tools/kubernetes-binaries'), { encoding: 'utf8' }).trim()
  installed = kubectl('apply', '--server-side', '-f', join(root, 'crds/manifests'))
  const ready = { NamesAccepted: 'True', Established: 'True' }
  for (const { metadata } of crds) await eventually(async () => assert.deepEqual(await conditionsOf(metadata.name), ready))
}, 60_000)

async function conditionsOf(name: string): Promise<Readonly<Record<string, string>>> {
  const { body } = await call({ path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}` })
  const { status } = body as { status: { conditions: readonly { readonly type: string; readonly status: string }[] | null } }
  return Object.fromEntries((status.conditions ?? []).map((condition) => [condition.type, condition.status]))
}

test('kubectl apply -f crds/manifests installs them all, within the cost that CEL may have', () => {
  const { output, said } = installed
  assert.equal(said, '')
  const names = crds.map(({ metadata }) => `customresourcedefinition.apiextensions.k8s.io/${metadata.name} serverside-applied`)
  assert.deepEqual(output.trim().split('\n').sort(), names.sort())
})

describe('what MetalLB accepts is accepted', () => {
  test.each(accepted.map((sample) => [`${sample.kind} ${sample.metadata.name}`, sample] as const))('%s', async (_, sample) => {
    const { spec: stored = {} } = ok(await create(sample, { fieldValidation: 'Strict' }), 201)
    const spec = sample.spec ?? {}
    assert.deepEqual(Object.fromEntries(Object.keys(spec).map((field) => [field, stored[field]])), spec)
  })
})

describe('what is wrong in itself is refused, with words', () => {
  test.each(refused.map((bad) => [bad.title, bad] as const))('%s', async (_, { sample, says }) => {
    const answer = await create(sample)
    assert.equal(answer.status, 422, JSON.stringify(answer.body))
    assert.ok(messageOf(answer).includes(says), messageOf(answer))
  })
})

describe('BGPPeer in two versions', () => {
  const sample = accepted.find(({ kind, apiVersion }) => kind === 'BGPPeer' && apiVersion.endsWith('v1beta1')) as ObjectSample
  const older: ObjectSample = { ...sample, metadata: { name: 'in-two-versions' } }
  const newer: ObjectSample = { ...older, apiVersion: 'metallb.io/v1beta2' }
  beforeAll(async () => void ok(await create(older), 201))

  test('the older one is served with a warning', () => {
    const name = older.metadata.name
    assert.match(
      kubectl('get', 'bgppeers.v1beta1.metallb.io', name).said,
      /metallb.io\/v1beta1 BGPPeer is deprecated; write apiVersion metallb.io\/v1beta2/,
    )
    assert.equal(kubectl('get', 'bgppeers', name).said, '')
  })

  test('each shows what was written through the other', async () => {
    const [asOlder, asNewer] = [ok(await read(older)), ok(await read(newer))]
    assert.equal(asOlder.apiVersion, 'metallb.io/v1beta1')
    assert.equal(asNewer.apiVersion, 'metallb.io/v1beta2')
    assert.deepEqual(asNewer.spec, asOlder.spec)
  })

  test('an edit through the older one loses no field that only the newer one had', async () => {
    ok(await merge(newer, { spec: { connectTime: '7s', dualStackAddressFamily: true } }))
    ok(await merge(older, { spec: { holdTime: '60s' } }))
    const { connectTime, dualStackAddressFamily, holdTime } = ok(await read(newer)).spec ?? {}
    assert.deepEqual(
      { connectTime, dualStackAddressFamily, holdTime },
      { connectTime: '7s', dualStackAddressFamily: true, holdTime: '60s' },
    )
  })

  test('graceful restart cannot be changed once set', async () => {
    ok(await merge(newer, { spec: { enableGracefulRestart: true } }))
    const answer = await merge(newer, { spec: { enableGracefulRestart: false } })
    assert.equal(answer.status, 422)
    assert.match(messageOf(answer), /enableGracefulRestart cannot be changed; delete the BGPPeer and create it anew/)
  })
})

describe('an object stored before a rule became stricter', () => {
  test('can still be labelled, for rules look at what changes', async () => {
    const crd = crdOf('Community')
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crd.metadata.name}`
    const lax = JSON.parse(JSON.stringify(crd.spec).replaceAll('65535', '99999')) as object
    const contentType = 'application/merge-patch+json'
    const sample: ObjectSample = {
      apiVersion: 'metallb.io/v1beta1',
      kind: 'Community',
      metadata: { name: 'older' },
      spec: { communities: [{ name: 'x', value: '70000:1' }] },
    }
    try {
      ok(await call({ method: 'PATCH', path, body: { spec: lax }, contentType }))
      await eventually(async () => ok(await create(sample), 201))
    } finally {
      ok(await call({ method: 'PATCH', path, body: { spec: crd.spec }, contentType }))
    }
    await eventually(async () => assert.equal((await create({ ...sample, metadata: { name: 'newer' } }, { dryRun: 'All' })).status, 422))
    ok(await merge(sample, { metadata: { labels: { touched: 'yes' } } }))
  })
})

describe('the plan has two writers', () => {
  const plan: ObjectSample = {
    apiVersion: 'loadstone.dev/v1alpha1',
    kind: 'AnnouncementPlan',
    metadata: { name: 'node-a' },
    spec: {
      node: 'node-a',
      sessions: [],
      routeSets: ['all-0'],
      slices: ['node-a-0'],
      excludeInterfaces: ['^lo$'],
      partners: [{ node: 'node-b', links: [] }],
    },
  }
  const { spec: _, ...named } = plan
  const status: AnnouncementPlanStatus = {
    observedGeneration: 1,
    observedRouteSets: ['all-0'],
    observedSlices: ['node-a-0'],
    summary: '1 address, 1 of 1 sessions established',
    interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', up: true, addresses: ['192.0.2.1/24'] }],
    sessions: [
      {
        peer: 'tor',
        address: '192.0.2.254',
        state: 'Established',
        since: '2026-01-01T00:00:00Z',
        announcedIPv4: 2,
        announcedIPv6: 1,
        negotiated: { peerASN: 64513, routerID: '192.0.2.254', holdSeconds: 90, keepaliveSeconds: 30, capabilities: ['ipv4-unicast'] },
        bfd: { state: 'Up', since: '2026-01-01T00:00:00Z', detectionMillis: 900, lastError: 'nothing heard from 192.0.2.254 for 900 ms' },
      },
    ],
    claims: [{ address: '192.0.2.7', interfaces: ['eth0'], term: 1, takeovers: 0 }],
    conditions: [{ type: 'Ready', status: 'True', reason: 'Applied', message: 'all applied', lastTransitionTime: '2026-01-01T00:00:00Z' }],
  }

  beforeEach(async () => {
    await call({ method: 'DELETE', path: `${pathOf(plan)}/${plan.metadata.name}` })
    ok(await apply(plan, 'operator'), 201)
    ok(await apply({ ...named, status }, 'speaker', '/status'))
  })

  test('the operator applies spec, the speaker status, and neither undoes the other', async () => {
    ok(await apply({ ...plan, spec: { ...plan.spec, routeSets: ['all-0', 'all-1'] } }, 'operator'))
    const found = ok(await read(plan))
    assert.deepEqual(found.status, status)
    assert.deepEqual(found.spec?.['routeSets'], ['all-0', 'all-1'])
    assert.equal(found.metadata['generation'], 2)
  })

  test('what reaches the status endpoint changes no spec, and what reaches the object no status', async () => {
    ok(await apply({ ...named, spec: { ...plan.spec, node: 'node-a', partners: [] }, status }, 'speaker', '/status'))
    ok(await merge(plan, { status: { claims: [] } }))
    const found = ok(await read(plan))
    assert.deepEqual(found.spec?.['partners'], [{ node: 'node-b', links: [] }])
    assert.deepEqual(found.status, status)
  })

  test('a field the operator no longer applies goes', async () => {
    assert.equal(ok(await apply({ ...plan, spec: { ...plan.spec, leaving: 'drain' } }, 'operator')).spec?.['leaving'], 'drain')
    ok(await apply(plan, 'operator'))
    assert.equal(ok(await read(plan)).spec?.['leaving'], undefined)
  })

  test('kubectl get shows at a glance whether a node is well', () => {
    const [header = '', row = ''] = kubectl('get', 'announcementplans').output.split('\n')
    assert.match(header, /^NAME +READY +DEGRADED +SUMMARY +LEAVING +AGE/)
    assert.match(row, /^node-a +True +1 address, 1 of 1 sessions established/)
  })

  test('a status without what it must tell is refused', async () => {
    const answer = await apply({ ...named, status: { observedGeneration: 1 } }, 'speaker', '/status')
    assert.equal(answer.status, 422)
    assert.match(messageOf(answer), /status.claims: Required value/)
  })
})

describe('an object as large as it may be is accepted', () => {
  const ip = (n: number): string => `2001:0db8:0000:0000:0000:0000:0000:${n.toString(16).padStart(4, '0')}`
  const services = (n: number): readonly string[] => [`${'n'.repeat(63)}/${'s'.repeat(58)}${n}`]
  const full = {
    communities: Array(8).fill('large:4294967295:4294967295:4294967295'),
    peers: Array(8).fill('p'.repeat(63)),
    localPref: 4294967295,
    asPathPrepend: 10,
  }
  const routes = Array.from({ length: 256 }, (_, n) => ({ prefix: `${ip(n)}/128`, services: services(n), ...full }))
  const candidates = Array.from({ length: 8 }, (_, n) => `${'c'.repeat(252)}${n}`)
  const l2 = Array.from({ length: 256 }, (_, n) => ({
    address: ip(n),
    services: services(n),
    interfaces: ['eth0'],
    candidates,
    term: n,
    from: candidates[0],
  }))
  const range = (n: number): string => `${ip(2 * n)} - ${ip(2 * n + 1)}`
  const selectors = Array.from({ length: 1024 }, (_, n) => ({ matchExpressions: [{ key: 'name', operator: 'In', values: [`node-${n}`] }] }))
  const cases: readonly (readonly [string, string, string, object])[] = [
    ['256 addresses', 'AnnouncementSlice', 'loadstone.dev/v1alpha1', { node: 'node-a', l2, routes: [] }],
    ['256 routes of one node', 'AnnouncementSlice', 'loadstone.dev/v1alpha1', { node: 'node-a', l2: [], routes }],
    ['256 routes', 'RouteSet', 'loadstone.dev/v1alpha1', { audience: 'every-node', routes }],
    ['4096 ranges', 'IPAddressPool', 'metallb.io/v1beta1', { addresses: Array.from({ length: 4096 }, (_, n) => range(n)) }],
    ['2048 selectors', 'L2Advertisement', 'metallb.io/v1beta1', { nodeSelectors: selectors, serviceSelectors: selectors }],
    [
      '1024 communities',
      'BGPAdvertisement',
      'metallb.io/v1beta1',
      { communities: Array.from({ length: 1024 }, (_, n) => `large:1:${n}:0`) },
    ],
  ]
  test.each(cases)('%s in one %s', async (_, kind, apiVersion, spec) => {
    const sample: ObjectSample = { apiVersion, kind, metadata: { name: 'large' }, spec: { ...spec } }
    ok(await apply(sample, 'operator'), 201)
    ok(await call({ method: 'DELETE', path: `${pathOf(sample)}/large` }))
  })
})

async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = 600; ; left--) {
    try {
      return await attempt()
    } catch (error) {
      if (left === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
