import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, test } from '@jest/globals'
import { systemClock } from '@loadstone/clock'
import { type ApiAnswer, type ApiCall, httpsApiServer, statusOf } from '@loadstone/kube'
import { useApiServer } from '@loadstone/kube/testing'
import { chart, helm } from './helm'

const release = 'loadstone-system'
const config = 'metallb-system'
const elsewhere = 'default'

const server = useApiServer()
const onServer = (): readonly string[] => ['--namespace', release, '--kubeconfig', server().kubeconfig()]
const install = (from: string, ...options: readonly string[]): string =>
  helm('upgrade', '--install', 'loadstone', from, ...onServer(), '--create-namespace', '--set', `configNamespace=${config}`, ...options)

type Call = Partial<ApiCall> & { readonly path: string }
const call = (what: Call): Promise<ApiAnswer> => server().api.request({ method: 'GET', ...what })
/** Performs a call with this token. */
async function callAs(token: string, what: Call): Promise<ApiAnswer> {
  const theirs = httpsApiServer({ account: server().access(token), clock: systemClock })
  try {
    return await theirs.request({ method: 'GET', ...what })
  } finally {
    await theirs.close()
  }
}
type Found = { readonly metadata: { readonly uid: string }; readonly spec: unknown; readonly status: unknown }
const messageOf = (answer: ApiAnswer): string => statusOf(answer).message ?? ''
function ok(answer: ApiAnswer): Found {
  assert.ok(answer.status < 300, `${answer.status} ${messageOf(answer)}`)
  return answer.body as Found
}
const post = (path: string, body: object): Promise<ApiAnswer> => call({ method: 'POST', path, body })
const applied = (path: string, body: object): Call => ({
  method: 'PATCH',
  path,
  query: { fieldManager: 'test', force: true },
  body,
  contentType: 'application/apply-patch+yaml',
})

/** A token as the kubelet mounts it into a speaker pod on this node: bound to the pod and its node. */
async function tokenOn(node: string): Promise<string> {
  ok(await post('/api/v1/nodes', { metadata: { name: node } }))
  const { spec } = ok(await call({ path: `/apis/apps/v1/namespaces/${release}/daemonsets/loadstone-speaker` }))
  const { template } = spec as { template: { metadata: object; spec: object } }
  const pod = { metadata: { ...template.metadata, name: `speaker-${node}` }, spec: { ...template.spec, nodeName: node } }
  const { uid } = ok(await post(`/api/v1/namespaces/${release}/pods`, pod)).metadata
  return token('speaker', { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: `speaker-${node}`, uid } })
}
async function token(who: 'operator' | 'speaker', spec: object = {}): Promise<string> {
  const { status } = ok(await post(`/api/v1/namespaces/${release}/serviceaccounts/loadstone-${who}/token`, { spec }))
  return (status as { token: string }).token
}

beforeAll(async () => {
  ok(await post('/api/v1/namespaces', { metadata: { name: config } }))
  install(chart)
}, 120_000)

/** Rules that apply to every authenticated user, such as asking for the own identity. */
const everybody = /^(self|tokenreviews)|selfsubject/

type Rule = { readonly verbs: string[]; readonly apiGroups: string[]; readonly resources: string[]; readonly resourceNames?: string[] }

/** Everything a token may do in a namespace, as `verb group/resource`. */
async function powers(bearer: string, namespace: string): Promise<readonly string[]> {
  const review = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } }
  const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews'
  const { status } = ok(await callAs(bearer, { method: 'POST', path, body: review }))
  const { resourceRules, incomplete } = status as { resourceRules: Rule[]; incomplete: boolean }
  assert.equal(incomplete, false)
  const each = resourceRules.flatMap(({ verbs, apiGroups, resources }) =>
    resources
      .filter((resource) => !everybody.test(resource))
      .flatMap((resource) => apiGroups.flatMap((group) => verbs.map((verb) => `${verb} ${group === '' ? '' : `${group}/`}${resource}`))),
  )
  return [...new Set(each)].sort()
}
const all = (verbs: string, ...resources: readonly string[]): readonly string[] =>
  verbs.split(' ').flatMap((verb) => resources.map((resource) => `${verb} ${resource}`))

const kinds = ['ipaddresspools', 'l2advertisements', 'bgpadvertisements', 'bgppeers', 'bfdprofiles', 'communities'].map(
  (kind) => `metallb.io/${kind}`,
)
const telling = ['servicel2statuses', 'servicebgpstatuses', 'configurationstates'].map((kind) => `metallb.io/${kind}`)
const plans = ['announcementplans', 'announcementslices', 'routesets'].map((kind) => `loadstone.dev/${kind}`)

describe('the operator may do exactly what it does', () => {
  const everywhere = [
    ...all('get list watch', 'services', 'nodes', 'namespaces', 'discovery.k8s.io/endpointslices'),
    ...all('patch', 'services/status'),
    ...all('create patch', 'events.k8s.io/events'),
    ...all('get', 'apiextensions.k8s.io/customresourcedefinitions'),
    ...all('list watch', ...kinds),
    ...all('patch', ...kinds.map((kind) => `${kind}/status`)),
  ]
  test.each([
    ['in any namespace', elsewhere, []],
    [
      'in its own',
      release,
      [
        ...all('get list watch create update patch delete', ...plans),
        ...all('get list watch create patch delete', ...telling),
        ...all('patch', ...telling.map((kind) => `${kind}/status`)),
        ...all('get list watch', 'pods'),
        ...all('get list watch create update patch', 'coordination.k8s.io/leases'),
      ],
    ],
    [
      'where the configuration is',
      config,
      [
        ...all('get list watch', ...kinds),
        ...all('patch', ...kinds.map((kind) => `${kind}/status`)),
        ...all('list watch create patch delete', 'secrets'),
      ],
    ],
  ])('%s', async (_, namespace, more) => {
    assert.deepEqual(await powers(await token('operator'), namespace), [...new Set([...everywhere, ...more])].sort())
  })
})

describe('the speaker may do exactly what it does', () => {
  test.each([
    ['nothing in any other namespace', elsewhere, []],
    ['in its own', release, [...all('get list watch', ...plans), ...all('patch', 'loadstone.dev/announcementplans/status')]],
    ['where the configuration is', config, all('get', 'secrets')],
  ])('%s', async (_, namespace, expected) => {
    assert.deepEqual(await powers(await token('speaker'), namespace), [...expected].sort())
  })

  test.each([
    ['list Services', '/api/v1/services'],
    ['list Nodes', '/api/v1/nodes'],
    ['list the EndpointSlices of its namespace', `/apis/discovery.k8s.io/v1/namespaces/${release}/endpointslices`],
    ['list Secrets', `/api/v1/namespaces/${config}/secrets`],
    ['read a Secret elsewhere', `/api/v1/namespaces/${release}/secrets/any`],
  ])('may not %s', async (_, path) => {
    assert.equal((await callAs(await token('speaker'), { path })).status, 403)
  })
})

describe('the operator writes Secrets for passwords of BGPPeers, and no others', () => {
  const path = (name: string): string => `/api/v1/namespaces/${config}/secrets/${name}`
  const secret = (name: string): object => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, data: { password: 'eA==' } })
  const write = async (name: string): Promise<ApiAnswer> => callAs(await token('operator'), applied(path(name), secret(name)))

  beforeAll(async () => {
    ok(await post(`/api/v1/namespaces/${config}/secrets`, { ...secret('theirs'), type: 'Opaque' }))
    // A new admission policy takes effect after a short delay.
    for (let left = 600; (await write('new')).status !== 403 && left > 0; left--) await new Promise((resolve) => setTimeout(resolve, 50))
  }, 60_000)

  test('its own: yes', async () => {
    ok(await write('loadstone-password-tor'))
    ok(await callAs(await token('operator'), { method: 'DELETE', path: path('loadstone-password-tor') }))
  })

  test('of somebody else: it neither changes nor deletes it, nor learns what is in it by a patch of nothing', async () => {
    const operator = await token('operator')
    const nothing = { method: 'PATCH', path: path('theirs'), body: {}, contentType: 'application/merge-patch+json' } as const
    for (const answer of [
      await write('theirs'),
      await callAs(operator, nothing),
      await callAs(operator, { method: 'DELETE', path: path('theirs') }),
    ]) {
      assert.equal(answer.status, 403)
      assert.match(messageOf(answer), /the operator writes Secrets named loadstone-password-… only, not theirs/)
    }
    assert.equal((await callAs(operator, { method: 'GET', path: path('theirs') })).status, 403)
  })
})

describe('a speaker writes the status of the plan of its own node', () => {
  const path = (node: string): string => `/apis/loadstone.dev/v1alpha1/namespaces/${release}/announcementplans/${node}`
  const named = (node: string): object => ({ apiVersion: 'loadstone.dev/v1alpha1', kind: 'AnnouncementPlan', metadata: { name: node } })
  const plan = (node: string): object => ({
    ...named(node),
    spec: { node, sessions: [], routeSets: [], slices: [], excludeInterfaces: [], partners: [] },
  })
  const report = (node: string): object => ({
    ...named(node),
    status: { observedGeneration: 1, observedRouteSets: [], observedSlices: [], interfaces: [], sessions: [], claims: [], conditions: [] },
  })
  const write = (node: string, bearer: string): Promise<ApiAnswer> => callAs(bearer, applied(`${path(node)}/status`, report(node)))
  let onA: string

  beforeAll(async () => {
    onA = await tokenOn('node-a')
    await tokenOn('node-b')
    const operator = await token('operator')
    for (const node of ['node-a', 'node-b']) ok(await callAs(operator, applied(path(node), plan(node))))
    // A new admission policy takes effect after a short delay.
    for (let left = 600; (await write('node-b', onA)).status !== 403 && left > 0; left--)
      await new Promise((resolve) => setTimeout(resolve, 50))
  }, 60_000)

  test('its own: yes', async () => {
    ok(await write('node-a', onA))
  })

  test('another: no, and it is told why', async () => {
    const answer = await write('node-b', onA)
    assert.equal(answer.status, 403)
    assert.match(messageOf(answer), /a speaker writes the status of its own node only: this is the plan of node-b, the token is for node-a/)
  })

  test('with a token that belongs to no pod: none', async () => {
    const answer = await write('node-a', await token('speaker'))
    assert.equal(answer.status, 403)
    assert.match(messageOf(answer), /the token is for no node/)
  })

  test('nothing but the status, of whichever node', async () => {
    assert.equal((await callAs(onA, applied(path('node-a'), plan('node-a')))).status, 403)
    assert.equal((await callAs(onA, { method: 'DELETE', path: path('node-a') })).status, 403)
  })

  test('the operator writes no status', async () => {
    assert.equal((await write('node-a', await token('operator'))).status, 403)
  })
})

/** A definition as MetalLB's chart leaves it: owned by another release, with a conversion webhook. */
const anything = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
const ofMetallb = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: {
    name: 'bgppeers.metallb.io',
    labels: { 'app.kubernetes.io/managed-by': 'Helm' },
    annotations: { 'meta.helm.sh/release-name': 'metallb', 'meta.helm.sh/release-namespace': 'metallb-system' },
  },
  spec: {
    group: 'metallb.io',
    scope: 'Namespaced',
    names: { kind: 'BGPPeer', listKind: 'BGPPeerList', plural: 'bgppeers', singular: 'bgppeer' },
    conversion: {
      strategy: 'Webhook',
      webhook: {
        conversionReviewVersions: ['v1beta1', 'v1beta2'],
        clientConfig: { service: { name: 'webhook-service', namespace: 'metallb-system', path: '/convert' } },
      },
    },
    versions: [
      { name: 'v1beta1', served: true, storage: false, deprecated: true, schema: anything },
      { name: 'v1beta2', served: true, storage: true, schema: anything },
    ],
  },
}

describe('the life of a release', () => {
  const pool = `/apis/metallb.io/v1beta1/namespaces/${config}/ipaddresspools/lan`
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const crdsThere = async (): Promise<readonly string[]> => {
    const { items } = (await call({ path: definitions })).body as { items: { metadata: { name: string; deletionTimestamp?: string } }[] }
    return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined).map(({ metadata }) => metadata.name)
  }
  const description = async (): Promise<string | undefined> => {
    const { spec } = ok(await call({ path: `${definitions}/ipaddresspools.metallb.io` }))
    const { versions } = spec as { versions: { schema: { openAPIV3Schema: { description: string } } }[] }
    return versions[0]?.schema.openAPIV3Schema.description
  }

  const until404 = async (path: string): Promise<void> => {
    while ((await call({ path })).status !== 404) await new Promise((resolve) => setTimeout(resolve, 50))
  }
  /** Whether the release exists and is complete. */
  const released = (): boolean =>
    helm('list', '--deployed', '--short', ...onServer())
      .split('\n')
      .includes('loadstone')

  test('uninstalling leaves CRDs and pools, and installing again takes them up', async () => {
    const metadata = { name: 'lan', namespace: config }
    ok(
      await call(
        applied(pool, { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata, spec: { addresses: ['192.0.2.0/28'] } }),
      ),
    )
    const before = await crdsThere()
    assert.ok(before.includes('ipaddresspools.metallb.io'))
    const speaker = { path: `/apis/apps/v1/namespaces/${release}/daemonsets/loadstone-speaker` }
    ok(await call(speaker))
    try {
      helm('uninstall', 'loadstone', ...onServer())
      assert.deepEqual(await crdsThere(), before)
      assert.equal((await call(speaker)).status, 404)
      ok(await call({ path: pool }))
    } finally {
      install(chart)
    }
    ok(await call(speaker))
    ok(await call({ path: pool }))
    ok(await call({ method: 'DELETE', path: pool }))
  }, 120_000)

  test('an upgrade brings the CRDs along', async () => {
    const before = await description()
    const newer = mkdtempSync(join(tmpdir(), 'chart-'))
    cpSync(chart, newer, { recursive: true })
    const file = join(newer, 'files/crds/metallb.io_ipaddresspools.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(String(before), 'Of the next version.'))
    try {
      install(newer)
      assert.equal(await description(), 'Of the next version.')
    } finally {
      install(chart)
      rmSync(newer, { recursive: true })
    }
    assert.equal(await description(), before)
  }, 120_000)

  test('a second release finds the CRDs owned, and runs beside when told to leave them', () => {
    const second = (...options: readonly string[]): string =>
      helm('install', 'other', chart, '--kubeconfig', server().kubeconfig(), '--namespace', 'other', '--create-namespace', ...options)
    assert.throws(() => second(), /cannot be imported into the current release/)
    assert.match(second('--set', 'crds.enabled=false,loadBalancerClass=other'), /Loadstone .* is installed in other/)
    helm('uninstall', 'other', '--kubeconfig', server().kubeconfig(), '--namespace', 'other')
  }, 120_000)

  test('it takes the CRDs over from MetalLB, as the README says', async () => {
    const path = `${definitions}/bgppeers.metallb.io`
    helm('uninstall', 'loadstone', ...onServer())
    try {
      await call({ method: 'DELETE', path })
      await until404(path)
      ok(await call({ method: 'POST', path: definitions, query: { fieldManager: 'helm' }, body: ofMetallb }))
      // MetalLB's controller writes the webhook's certificate, which Helm therefore does not take away.
      const caBundle = Buffer.from(server().ca).toString('base64')
      const certificate = { spec: { conversion: { webhook: { clientConfig: { caBundle } } } } }
      const contentType = 'application/merge-patch+json'
      ok(await call({ method: 'PATCH', path, query: { fieldManager: 'controller' }, body: certificate, contentType }))
      assert.throws(() => install(chart, '--take-ownership'), /should not be set when strategy is not set to Webhook/)
      const [patch = ''] = /(?<=--patch ')[^']*/.exec(readFileSync(join(chart, 'README.md'), 'utf8')) ?? []
      const body = JSON.parse(patch) as object
      ok(await call({ method: 'PATCH', path, body, contentType: 'application/json-patch+json' }))
      install(chart, '--take-ownership')
      const { spec } = ok(await call({ path }))
      assert.deepEqual((spec as { conversion: unknown }).conversion, { strategy: 'None' })
    } finally {
      if (!released()) {
        await call({ method: 'DELETE', path })
        await until404(path)
        install(chart)
      }
    }
  }, 120_000)

  test('what helm says at the end tells what to do next', () => {
    const notes = helm('get', 'notes', 'loadstone', ...onServer())
    assert.match(notes, /kubectl get announcementplans -n loadstone-system/)
    assert.match(notes, /"kind":"IPAddressPool","metadata":\{"name":"lan","namespace":"metallb-system"\}/)
  })
})
