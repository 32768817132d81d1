import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from '@jest/globals'
import { readTests } from '@loadstone/sim/testing'
import { type Reason, reasons } from '../src/model/reasons'
import { SimCluster } from './cluster/sim-cluster'
import { type ApiObject, dualStack, endpoints, l2, node, phasesOf, pool, service, speakerPod } from './objects'

const root = join(__dirname, '..', '..')
const rows = [...readFileSync(join(root, 'docs/reasons.md'), 'utf8').matchAll(/^\| `([A-Z]\w+)` \| ([^|]+) \|/gm)].map(
  ([, name = '', says = '']) => [name, says],
)

test('docs/reasons.md lists exactly the reasons of the catalogue, with its sentences', () => {
  assert.deepEqual(rows, Object.entries(reasons))
})

test('every reason is a word that the API accepts in a condition', () => {
  for (const name of Object.keys(reasons)) assert.match(name, /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/)
})

test('every reason is asserted by name in a test that runs', () => {
  const files = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).filter((file) => /\.test\.ts$/.test(file))
  const { asserted } = readTests(files.map((file) => join(__dirname, file)))
  const words = new Set([...asserted].flatMap((text) => text.match(/\w+/g) ?? []))
  assert.deepEqual(
    Object.keys(reasons).filter((name) => !words.has(name)),
    [],
  )
})

describe('why a node cannot announce', () => {
  const objects = [pool('p', ['192.0.2.0/24']), l2(), service('web'), endpoints('default/web', ['n1'])]
  const on = (n1: ApiObject, more: readonly ApiObject[] = []): SimCluster => new SimCluster([...objects, ...more]).addNodes(n1).settle()
  const troubles: readonly (readonly [Reason, () => SimCluster])[] = [
    ['NodeExcluded', () => on(node('n1', { 'node.kubernetes.io/exclude-from-external-load-balancers': '' }))],
    ['NetworkUnavailable', () => on({ ...node('n1'), status: { conditions: [{ type: 'NetworkUnavailable', status: 'True' }] } })],
    ['OutOfService', () => on({ ...node('n1'), spec: { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] } })],
    ['NoSpeaker', () => new SimCluster([...objects, node('n1')]).settle()],
    ['NoInterface', () => on(node('n1'), [l2('l2', { interfaces: ['eth7'] })])],
    [
      'SpeakerNotReported',
      () => {
        const c = new SimCluster([...objects, node('n1'), speakerPod('n1')])
        c.pass()
        return c
      },
    ],
  ]
  test.each(troubles)('%s is said of it, with the sentence of the catalogue', (reason, make) => {
    const { reason: said, message } = make().condition('Service', 'web', 'loadstone.dev/Announced')
    assert.deepEqual([said, message], ['NoEligibleNode', `No node can announce it now. n1: ${reasons[reason]}`])
  })
})

test('a Service without an address says that it has none to announce', () => {
  const c = new SimCluster([service('web')]).settle()
  const announced = c.condition('Service', 'web', 'loadstone.dev/Announced')
  assert.deepEqual([announced.status, announced.reason], ['False', 'NoAddress'])
})

test('of two preferred families the one that could not be given is named, until it can be', () => {
  const six = service('a', { clusterIPs: ['fd00::2'], ipFamilies: ['IPv6'] })
  const both = service('b', dualStack('PreferDualStack'), { creationTimestamp: '2026-02-01T00:00:00Z' })
  const c = new SimCluster([pool('p', ['192.0.2.1/32', '2001:db8::1/128']), six, both]).settle()
  const { status, reason, message } = c.condition('Service', 'b', 'loadstone.dev/Allocated')
  assert.deepEqual([c.ips('a'), c.ips('b'), status, reason], [['2001:db8::1'], ['192.0.2.1'], 'True', 'FamilyMissing'])
  assert.match(message, /no free IPv6 address/)
  c.remove('Service/default/a')
  c.settle()
  assert.deepEqual([c.ips('b'), c.condition('Service', 'b', 'loadstone.dev/Allocated').reason], [['192.0.2.1', '2001:db8::1'], 'Allocated'])
})

test('of an object that was never good nothing is in force', () => {
  const c = new SimCluster([pool('p', ['x'])]).settle()
  const { status, reason } = c.condition('IPAddressPool', 'p', 'InForce')
  assert.deepEqual([status, reason], ['False', 'NothingInForce'])
})

test('what a user writes is shown as plain text in conditions, events and the line for describe, and written once', () => {
  const odd = 'a\u0080b\u001b[31m\r\n\u202egood\ud800'
  const web = service('web', {}, { annotations: { 'metallb.io/address-pool': odd, 'metallb.io/loadBalancerIPs': '' } })
  const c = new SimCluster([pool('p', ['192.0.2.0/24']), web])
  const [write] = [...phasesOf(c.decide().publication).flat(), ...c.decide().publication.reports]
  assert.ok(write?.do === 'service-status')
  const texts = [write.summary ?? '', ...[...write.conditions, ...write.events].map(({ message }) => message)]
  assert.match(texts.join(), /"?a b \[31m good\ufffd/)
  for (const text of texts) assert.doesNotMatch(text, /[\p{Cc}\p{Cs}\p{Bidi_Control}]/u)
  const { publication } = c.settle().decide()
  const [phases, { reports }] = [phasesOf(publication), publication]
  assert.deepEqual([...phases.flat(), ...reports], [])
})
