import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, test } from '@jest/globals'
import { planGroup, planVersion } from '@loadstone/plan'
import Ajv from 'ajv'
import { crdOf, crds, type Schema, schemaOf, schemasIn, storedVersion } from './manifests'
import { accepted, refused } from './samples'

const each = crds.map((crd) => [crd.metadata.name, crd] as const)
const kinds = crds.map(({ spec }) => spec.names.kind)
const configured = ['BFDProfile', 'BGPAdvertisement', 'BGPPeer', 'Community', 'IPAddressPool', 'L2Advertisement']

describe('every manifest', () => {
  test('is one of the kinds we promise', () => {
    const ours = ['AnnouncementPlan', 'AnnouncementSlice', 'RouteSet']
    assert.deepEqual([...kinds].sort(), [...configured, ...ours, 'ConfigurationState', 'ServiceBGPStatus', 'ServiceL2Status'].sort())
  })

  test.each(each)('%s is namespaced, named by plural and group, and converts nothing', (name, { spec }) => {
    assert.equal(name, `${spec.names.plural}.${spec.group}`)
    assert.equal(spec.scope, 'Namespaced')
    assert.equal(spec.conversion.strategy, 'None')
    assert.equal(spec.versions.filter(({ storage }) => storage).length, 1)
  })

  test.each(each)('%s describes every field', (_, crd) => {
    const fields = Object.entries(storedVersion(crd).schema.openAPIV3Schema.properties ?? {}).filter(([name]) =>
      /^(spec|status)$/.test(name),
    )
    const silent = fields
      .flatMap(([name, schema]) => [...schemasIn(schema, name)])
      .filter(([path, { description }]) => description === undefined && !path.endsWith('[]'))
    assert.deepEqual(silent, [])
  })

  test.each(each)('%s says of every list how writers share it', (_, crd) => {
    const lists = [...schemasIn(storedVersion(crd).schema.openAPIV3Schema)].filter(([, { type }]) => type === 'array')
    assert.deepEqual(
      lists.filter(([, list]) => list['x-kubernetes-list-type'] === undefined).map(([path]) => path),
      [],
    )
  })

  test.each(each)('%s says with every rule what is wrong', (_, crd) => {
    const rules = [...schemasIn(storedVersion(crd).schema.openAPIV3Schema)].flatMap(
      ([, schema]) => schema['x-kubernetes-validations'] ?? [],
    )
    assert.deepEqual(
      rules.filter(({ message }) => message === undefined || message.length < 20),
      [],
    )
  })

  test('repeats selectors and conditions word for word', () => {
    const found = crds.flatMap((crd) => [...schemasIn(storedVersion(crd).schema.openAPIV3Schema)].map(([, schema]) => schema))
    const distinct = (has: string): number =>
      new Set(found.filter(({ properties }) => properties?.[has] !== undefined).map((schema) => JSON.stringify(schema))).size
    assert.equal(distinct('matchExpressions'), 1)
    assert.equal(distinct('lastTransitionTime'), 1)
  })
})

/** Field, type and default of MetalLB's kinds. A missing field would be dropped silently from users' objects. */
const promised: Readonly<Record<string, string>> = {
  IPAddressPool: `addresses[]* autoAssign=true avoidBuggyIPs=false serviceAllocation serviceAllocation.priority
    serviceAllocation.namespaces[] serviceAllocation.namespaceSelectors[] serviceAllocation.serviceSelectors[]`,
  L2Advertisement: `ipAddressPools[] ipAddressPoolSelectors[] nodeSelectors[] interfaces[] serviceSelectors[]
    preferredNodeSelectors[] preferredNodeSelectors[].weight* preferredNodeSelectors[].preference*`,
  BGPAdvertisement: `aggregationLength=32 aggregationLengthV6=128 localPref asPathPrepend communities[] ipAddressPools[] ipAddressPoolSelectors[]
    nodeSelectors[] peers[] serviceSelectors[]`,
  BGPPeer: `myASN* peerASN dynamicASN localASN peerAddress interface sourceAddress peerPort=179 holdTime keepaliveTime connectTime
    routerID nodeSelectors[] password passwordSecret passwordSecret.name passwordSecret.namespace bfdProfile enableGracefulRestart
    ebgpMultiHop vrf disableMP=false dualStackAddressFamily=false`,
  BFDProfile: 'receiveInterval transmitInterval detectMultiplier echoInterval echoMode passiveMode minimumTtl',
  Community: 'communities[] communities[].name* communities[].value*',
}
function fieldsOf(schema: Schema, prefix = ''): readonly string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const inner = field.items ?? field
    const path = `${prefix}${name}${field.items === undefined ? '' : '[]'}`
    const mark = `${schema.required?.includes(name) === true ? '*' : ''}${field.default === undefined ? '' : `=${JSON.stringify(field.default)}`}`
    return [`${path}${mark}`, ...(inner.properties?.['matchLabels'] === undefined ? fieldsOf(inner, `${path}.`) : [])]
  })
}

describe('the kinds of metallb.io', () => {
  test.each(configured)('%s has every field its users know, with its default', (kind) => {
    const spec = schemaOf(kind).properties?.['spec'] as Schema
    assert.deepEqual([...fieldsOf(spec)].sort(), promised[kind]?.split(/\s+/).sort())
  })

  test.each(configured)('%s has a status with conditions, apart from spec', (kind) => {
    assert.ok(storedVersion(crdOf(kind)).subresources?.status)
    const conditions = schemaOf(kind).properties?.['status']?.properties?.['conditions']
    assert.deepEqual(conditions?.['x-kubernetes-list-map-keys'], ['type'])
  })

  test('IPAddressPool counts its addresses in the status', () => {
    const { conditions: _, ...counters } = schemaOf('IPAddressPool').properties?.['status']?.properties ?? {}
    assert.deepEqual(Object.keys(counters), ['assignedIPv4', 'assignedIPv6', 'availableIPv4', 'availableIPv6'])
  })

  test('the two versions of BGPPeer have one schema, so that nothing needs converting', () => {
    const [newer, older] = crdOf('BGPPeer').spec.versions
    assert.deepEqual([newer?.name, newer?.storage, older?.name, older?.served], ['v1beta2', true, 'v1beta1', true])
    assert.equal(older?.deprecated, true)
    assert.deepEqual(older?.schema, newer?.schema)
  })

  test.each([
    ['IPAddressPool', ['Auto Assign', 'Avoid Buggy IPs', 'Addresses']],
    ['L2Advertisement', ['IPAddressPools', 'IPAddressPool Selectors', 'Interfaces', 'Node Selectors']],
    ['BGPAdvertisement', ['IPAddressPools', 'IPAddressPool Selectors', 'Peers', 'Node Selectors']],
    ['BGPPeer', ['Address', 'ASN', 'BFD Profile', 'Multi Hops']],
    ['BFDProfile', ['Passive Mode', 'Transmit Interval', 'Receive Interval', 'Multiplier']],
  ] as const)('%s shows the columns its users know first', (kind, columns) => {
    const shown = storedVersion(crdOf(kind)).additionalPrinterColumns.map(({ name }) => name)
    assert.deepEqual(shown.slice(0, columns.length), columns)
  })
})

describe('the schemas, judged by ajv, which knows no CEL', () => {
  const ajv = new Ajv({ strict: false, validateFormats: false })
  const judges = new Map(kinds.map((kind) => [kind, ajv.compile(schemaOf(kind))]))
  const judge = (kind: string, object: unknown): boolean => judges.get(kind)?.(structuredClone(object)) === true

  test.each(accepted.map((sample) => [`${sample.kind} ${sample.metadata.name}`, sample] as const))('accept %s', (_, sample) => {
    assert.ok(judge(sample.kind, sample), JSON.stringify(judges.get(sample.kind)?.errors))
  })

  test.each(refused.map((bad) => [bad.title, bad] as const))('%s', (_, { sample, by }) => {
    assert.equal(judge(sample.kind, JSON.parse(JSON.stringify(sample))), by === 'server')
  })

  test('every rule has an example that it refuses', () => {
    const rules = crds.flatMap((crd) =>
      [...schemasIn(storedVersion(crd).schema.openAPIV3Schema)].flatMap(([, schema]) => schema['x-kubernetes-validations'] ?? []),
    )
    const untried = rules
      .filter(({ rule }) => !rule.includes('oldSelf')) // these need an existing object; crds.api.ts tests them
      .filter(({ message }) => !refused.some(({ says }) => message?.includes(says)))
    assert.deepEqual(untried, [])
  })
})

test('the plan names the group and version that its manifests have', () => {
  const served = ['AnnouncementPlan', 'AnnouncementSlice', 'RouteSet'].map((kind) => [
    crdOf(kind).spec.group,
    storedVersion(crdOf(kind)).name,
  ])
  assert.deepEqual(served, [0, 1, 2].map(() => [planGroup, planVersion])) // biome-ignore format: one line
})

describe('what the validators of the plan are made of', () => {
  /** Message of the generator after this change to a manifest. */
  const generated = (kind: string, from: string, to: string): string => {
    const changed = JSON.parse(JSON.stringify(crds.filter(({ spec }) => spec.group === planGroup)).replace(from, to)) as unknown
    const script = `import { schemasOf } from '${join(__dirname, '../generate/schema.mjs')}'
      import { validators } from '${join(__dirname, '../generate/validators.mjs')}'
      import { readFileSync } from 'node:fs'
      validators(schemasOf(JSON.parse(readFileSync(0, 'utf8'))), '')`
    const { stderr } = spawnSync('node', ['--input-type=module', '-e', script], { encoding: 'utf8', input: JSON.stringify(changed) })
    return /^Error: (.*)/m.exec(stderr)?.[1] ?? `${kind} is generated`
  }

  test.each([
    ['a rule without a translation', 'self == 0 || self >= 3', 'self != 1', /holdSeconds: the rule self != 1 has no translation/],
    ['a keyword without one', '"maxLength":253', '"pattern":"a"', /has pattern, which .* does not translate/],
    ['a type whose place is gone', '"passwordSecret":{', '"password":{', /names AnnouncementPlan.spec.sessions\[\].passwordSecret, which/],
    ['a type that is two', '"LOCAL_PREF, which', '"LOCAL_PREF that', /PlannedRoute differs between/],
    ['nothing of that', 'x', 'x', /is generated/],
  ])('%s', (what, from, to, says) => assert.match(generated(what, from, to), says))
})

test('what is generated from the manifests is fresh: types, validators, the copies in the chart, docs/crds.md', () => {
  const { status, stderr } = spawnSync('node', [join(__dirname, '../generate.mjs'), '--check'], { encoding: 'utf8' })
  assert.deepEqual([status, stderr], [0, ''])
})
