import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from '@jest/globals'
import { parse } from 'yaml'
import { chart, environmentOf, helm, manifests, podOf, render, root, workload } from './helm'

const read = (path: string): string => readFileSync(path, 'utf8')

describe('golden: the rendered chart', () => {
  const everything = join(__dirname, 'golden/everything.values.yaml')
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['default', ['--set', 'crds.enabled=false']], // the CRDs have their own test below
    ['everything', ['--values', everything]],
  ]
  test.each(cases)('golden: %s', (name, options) => {
    const path = join(__dirname, `golden/${name}.yaml`)
    const rendered = render(...options)
    if (process.env['GOLDEN'] === '1') writeFileSync(path, rendered)
    assert.equal(rendered, read(path))
  })

  test('every value is set to something else in everything.values.yaml', () => {
    const [defaults, other] = [parse(read(join(chart, 'values.yaml'))), parse(read(everything))] as readonly [Tree, Tree]
    const unset = [...leaves(defaults)].filter(([path]) => !path.startsWith('rbac.') && path !== 'crds.metallb')
    const same = unset.filter(([path, value]) => JSON.stringify(at(other, path)) === JSON.stringify(value))
    const alerts = ['staleConfig', 'configNotLoaded', 'addressPoolExhausted', 'addressPoolUsage', 'bgpSessionDown']
    const shown = ['metrics.enabled', ...alerts.map((alert) => `prometheus.prometheusRule.${alert}.enabled`)]
    const allowed = [...shown, 'operator.serviceAccount.create', 'speaker.excludeInterfaces.enabled', 'speaker.serviceAccount.annotations']
    assert.deepEqual(
      same.map(([path]) => path),
      allowed,
    )
  })
})

describe('the speaker', () => {
  const pod = podOf('DaemonSet')
  const [container] = pod.containers

  test('is root with one capability, on a read-only root, and cannot become more', () => {
    assert.deepEqual(container.securityContext, {
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['NET_RAW'] },
    })
    assert.deepEqual(pod.securityContext, { seccompProfile: { type: 'RuntimeDefault' } })
  })

  test('may bind port 179 only where routers may connect to it', () => {
    const [listening] = podOf('DaemonSet', ['--set', 'speaker.bgp.listen=true']).containers
    assert.deepEqual(listening.securityContext.capabilities.add, ['NET_RAW', 'NET_BIND_SERVICE'])
  })

  test('is replaced by a pod that runs beside it first, which on one network works only without ports', () => {
    assert.deepEqual(workload('DaemonSet').updateStrategy, { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } })
    assert.equal(workload('DaemonSet').minReadySeconds, 5)
    assert.equal(pod.hostNetwork, true)
    assert.equal(container.ports, undefined)
    assert.ok(!JSON.stringify(pod).includes('hostPort'))
  })

  test('keeps its saved plan in memory, never on a disk', () => {
    const run = container.volumeMounts?.find(({ mountPath }) => mountPath === '/run/loadstone')
    assert.equal(pod.volumes?.find(({ name }) => name === run?.name)?.emptyDir?.medium, 'Memory')
  })

  test('has a token of its own pod and no other', () => {
    assert.equal(pod.automountServiceAccountToken, false)
    assert.ok(JSON.stringify(pod.volumes).includes('serviceAccountToken'))
  })

  test('is told its node and where Secrets are, and nothing that the plan tells', () => {
    assert.deepEqual(environmentOf(pod), {
      POD_NAME: 'metadata.name',
      POD_NAMESPACE: 'metadata.namespace',
      NODE_NAME: 'spec.nodeName',
      LOADSTONE_CONFIG_NAMESPACE: 'loadstone-system',
      LOADSTONE_NODE_ADDRESSES: 'status.podIPs',
      LOADSTONE_LOG_LEVEL: 'info',
      LOADSTONE_METRICS_ADDRESS: 'status.podIP',
      LOADSTONE_METRICS_PORT: '7472',
    })
    assert.deepEqual(container.args, ['/app/speaker.js'])
  })

  test('stays on nodes in trouble, whatever the effect of the taint', () => {
    const kept = pod.tolerations?.filter(({ effect }) => effect === undefined).map(({ key }) => key.replace('node.kubernetes.io/', ''))
    assert.deepEqual(kept, ['not-ready', 'unreachable', 'out-of-service', 'network-unavailable'])
  })
})

describe('the operator', () => {
  const pod = podOf('Deployment')
  const [container] = pod.containers

  test('is an ordinary user without capabilities, on a read-only root', () => {
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
    assert.equal(pod.securityContext['runAsNonRoot'], true)
    assert.equal(pod.hostNetwork, undefined)
  })

  test('runs twice, and a drain takes one at a time', () => {
    assert.equal(workload('Deployment').replicas, 2)
    assert.ok(manifests().some(({ kind }) => kind === 'PodDisruptionBudget'))
    assert.ok(!manifests('--set', 'operator.replicas=1').some(({ kind }) => kind === 'PodDisruptionBudget'))
  })

  test('is told everything by its environment', () => {
    const { LOADSTONE_EXCLUDE_INTERFACES: excluded, ...told } = environmentOf(pod)
    assert.deepEqual(told, {
      POD_NAME: 'metadata.name',
      POD_NAMESPACE: 'metadata.namespace',
      LOADSTONE_CONFIG_NAMESPACE: 'loadstone-system',
      LOADSTONE_OTHER_NAMESPACES: 'true',
      LOADSTONE_LOG_LEVEL: 'info',
      LOADSTONE_LB_CLASS: '',
      LOADSTONE_MODE: 'active',
      LOADSTONE_CANDIDATES: '3',
      LOADSTONE_PLACEMENT: 'balanced',
      LOADSTONE_REBALANCE: 'true',
      LOADSTONE_IGNORE_EXCLUDE_LB: 'false',
      LOADSTONE_SPEAKER_SELECTOR:
        'app.kubernetes.io/name=loadstone,app.kubernetes.io/instance=loadstone,app.kubernetes.io/component=speaker',
      LOADSTONE_SERVICE_BGP_STATUS: 'false',
      POD_UID: 'metadata.uid',
      LOADSTONE_HEALTH_PORT: '17472',
      LOADSTONE_METRICS_ADDRESS: 'status.podIP',
      LOADSTONE_METRICS_PORT: '7472',
    })
    const usual =
      '^docker.* ^cbr.* ^dummy.* ^virbr.* ^lxcbr.* ^veth.* ^lo$ ^cali.* ^tunl.* ^flannel.* ^kube-ipvs.* ^cni.* ^nodelocaldns.* ^lxc.*'
    assert.deepEqual(excluded?.split('\n'), usual.split(' '))
  })

  test('excludes no interface when told so', () => {
    assert.equal(
      environmentOf(podOf('Deployment', ['--set', 'speaker.excludeInterfaces.enabled=false']))['LOADSTONE_EXCLUDE_INTERFACES'],
      '',
    )
  })

  test('reads the configuration of other namespaces, unless its rights are to be narrow; then it does not try either', () => {
    const kinds = (...options: readonly string[]): readonly unknown[] => {
      const role = manifests(...options).find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'loadstone-operator')
      const rules = (role as unknown as { rules: readonly { apiGroups: readonly string[]; verbs: readonly string[] }[] }).rules
      return rules.filter(({ apiGroups }) => apiGroups.includes('metallb.io')).map(({ verbs }) => verbs)
    }
    assert.deepEqual(kinds(), [['list', 'watch'], ['patch']])
    const narrow = ['--set', 'rbac.otherNamespaces=false']
    assert.deepEqual(kinds(...narrow), [])
    assert.equal(environmentOf(podOf('Deployment', narrow))['LOADSTONE_OTHER_NAMESPACES'], 'false')
  })

  test('selects speakers by labels that their pods have', () => {
    const selector = environmentOf(pod)['LOADSTONE_SPEAKER_SELECTOR']?.split(',') ?? []
    const { labels } = workload('DaemonSet').template.metadata as { labels: Record<string, string> }
    for (const pair of selector)
      assert.ok(
        Object.entries(labels).some(([key, value]) => pair === `${key}=${value}`),
        pair,
      )
  })
})

describe('metrics', () => {
  test('can be left out: then nothing is told where to serve, and nothing looks for them', () => {
    const options = ['--set', 'metrics.enabled=false,prometheus.podMonitor.enabled=true,prometheus.prometheusRule.enabled=true']
    for (const kind of ['DaemonSet', 'Deployment'] as const)
      assert.ok(!Object.keys(environmentOf(podOf(kind, options))).some((name) => name.includes('METRICS')))
    assert.ok(!manifests(...options).some(({ kind }) => kind === 'PodMonitor' || kind === 'PrometheusRule'))
  })

  test('are found by annotations, by PodMonitors and alerted on only when asked for', () => {
    const rendered = render('--set', 'crds.enabled=false')
    assert.ok(!/PodMonitor|PrometheusRule|prometheus\.io/.test(rendered))
  })

  test('of the speaker are served without a port in its pod, which would keep the next pod of an update waiting', () => {
    const options = ['--set', 'prometheus.scrapeAnnotations=true,prometheus.podMonitor.enabled=true']
    assert.ok(!JSON.stringify(podOf('DaemonSet', options)).includes('"ports"'))
  })

  test('are alerted on under the names that MetalLB has', () => {
    const [rule] = manifests('--set', 'prometheus.prometheusRule.enabled=true').filter(({ kind }) => kind === 'PrometheusRule')
    const names = [...JSON.stringify(rule).matchAll(/"alert":"(\w+)"/g)].map(([, name]) => name)
    const percents = [75, 85, 95].map((percent) => `MetalLBAddressPoolUsage${percent}Percent`)
    const others = ['MetalLBStaleConfig', 'MetalLBConfigNotLoaded', 'MetalLBAddressPoolExhausted']
    assert.deepEqual(names, [...others, ...percents, 'MetalLBBGPSessionDown'])
  })
})

describe('the CRDs', () => {
  const crds = manifests().filter(({ kind }) => kind === 'CustomResourceDefinition')
  const sources = [...readdirSync(join(root, 'crds/manifests'))]
    .sort()
    .map((name) => parse(read(join(root, 'crds/manifests', name))) as object)

  test('are those of crds/manifests, and uninstalling keeps them', () => {
    assert.ok(crds.every(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] === 'keep'))
    const plain = crds.map(({ metadata: { annotations: _, ...metadata }, ...crd }) => ({ ...crd, metadata }))
    const byName = (a: unknown, b: unknown): number => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
    assert.deepEqual([...plain].map(sortedKeys).sort(byName), sources.map(sortedKeys).sort(byName))
  })

  test('can be left to somebody else: all of them, or those that MetalLB owns', () => {
    const groups = (...options: readonly string[]): readonly string[] =>
      manifests(...options).flatMap(({ kind, metadata }) =>
        kind === 'CustomResourceDefinition' ? [metadata.name.replace(/^\w+\./, '')] : [],
      )
    assert.deepEqual(groups('--set', 'crds.enabled=false'), [])
    assert.deepEqual([...new Set(groups('--set', 'crds.metallb=false'))], ['loadstone.dev'])
  })
})

describe('the chart', () => {
  test('passes helm lint --strict', () => {
    assert.match(helm('lint', '--strict', chart), /0 chart\(s\) failed/)
  })

  test('refuses Kubernetes before 1.31, where the rules of its CRDs mean nothing', () => {
    assert.throws(() => render('--kube-version', '1.30.9'), /incompatible with Kubernetes v1.30.9/)
    assert.ok(render('--kube-version', '1.31.0-gke.100').length > 0)
  })

  test.each([
    ['a value it does not know', 'speaker.frr.enabled=true', /additional properties 'frr' not allowed/],
    ['nine candidates', 'operator.candidates=9', /maximum: got 9, want 8/],
    ['a log level of nobody', 'speaker.logLevel=loud', /logLevel/],
  ])('refuses %s', (_, setting, says) => {
    assert.throws(() => render('--set', setting), says)
  })

  test('names no workload longer than a label may be, however long the release is named', () => {
    const rendered = helm('template', 'r'.repeat(53), chart, '--set', 'crds.enabled=false')
    const names = [...rendered.matchAll(/^kind: (?:Deployment|DaemonSet|ServiceAccount)\nmetadata:\n {2}name: (.*)$/gm)].map(
      ([, name = '']) => name,
    )
    assert.equal(names.length, 4)
    assert.ok(
      names.every((name) => name.length <= 63 && /-(operator|speaker)$/.test(name)),
      names.join(),
    )
  })

  test('describes every value in its schema and its README, and no other in its README', () => {
    const paths = [...leaves(parse(read(join(chart, 'values.yaml'))) as Tree)].map(([path]) => path)
    const schema = JSON.parse(read(join(chart, 'values.schema.json'))) as Described
    assert.deepEqual(
      paths.filter((path) => describedAt(schema, path.split('.')) === undefined),
      [],
    )
    assert.deepEqual(listedIn(read(join(chart, 'README.md'))).sort(), paths.sort())
  })
})

type Tree = { readonly [key: string]: unknown }
type Described = { readonly description?: string; readonly properties?: Readonly<Record<string, Described>> }

/**
 * The paths in the first column of the table of values, in full: `.b` after `x.a` is `x.b`, and each name after `x.` and `y.` stands
 * for one of either.
 */
function listedIn(readme: string): string[] {
  const cells = [...readme.split('| value |')[1]!.matchAll(/^\| (`[^|]*) \|/gm)].map(([, cell = '']) => cell)
  return cells.flatMap((cell) => {
    const names = [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
    const groups = names.filter((name) => name.endsWith('.'))
    const parent = names[0]!.split('.').slice(0, -1).join('.')
    if (groups.length === 0) return names.map((name) => (name.startsWith('.') ? `${parent}${name}` : name))
    return groups.flatMap((group) => names.filter((name) => !groups.includes(name)).map((name) => `${group}${name}`))
  })
}

/** Every value that is not itself a group of values. An empty object is a value. */
function* leaves(tree: Tree, prefix = ''): Generator<readonly [string, unknown]> {
  for (const [key, value] of Object.entries(tree)) {
    const path = `${prefix}${key}`
    const group = typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
    if (group && !/resources|updateStrategy/.test(key)) yield* leaves(value as Tree, `${path}.`)
    else yield [path, value]
  }
}
const at = (tree: Tree, path: string): unknown => path.split('.').reduce<unknown>((value, key) => (value as Tree | undefined)?.[key], tree)
const describedAt = (schema: Described | undefined, [key, ...rest]: readonly string[]): string | undefined =>
  key === undefined ? schema?.description : describedAt(schema?.properties?.[key], rest)

function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sortedKeys(item)]),
  )
}
