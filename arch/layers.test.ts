import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { test } from '@jest/globals'
import ts from 'typescript'

type Layer = { readonly may: readonly string[]; readonly edges?: readonly string[]; readonly why: string }

/** Who may import whom: `may` everywhere, `edges` only in the files that touch the outside. `why` is what a failing build prints. */
const layers: Readonly<Record<string, Layer>> = {
  'libs/wire': { may: [], why: 'bytes know nothing' },
  'libs/ip': { may: [], why: 'addresses know nothing' },
  'libs/clock': { may: [], why: 'time knows nothing' },
  'libs/sim': { may: ['libs/clock'], why: 'simulated ports stand in for real ones, so they know only the port' },
  'libs/fsm': { may: [], why: 'a machine is driven alike, whatever it is' },
  'libs/telemetry': { may: ['libs/clock'], why: 'how a program is watched does not depend on what it does' },
  'libs/plan': { may: ['libs/ip'], why: 'the contract must be readable by either side alone' },
  'libs/arp': {
    may: ['libs/wire', 'libs/ip', 'libs/clock'],
    edges: ['libs/packet'],
    why: 'a protocol is bytes and rules; it must run without Kubernetes or sockets',
  },
  'libs/ndp': { may: ['libs/wire', 'libs/ip', 'libs/clock'], edges: ['libs/packet'], why: 'as libs/arp' },
  'libs/bgp': { may: ['libs/wire', 'libs/ip', 'libs/clock', 'libs/fsm'], edges: ['libs/packet'], why: 'as libs/arp' },
  'libs/bfd': { may: ['libs/wire', 'libs/ip', 'libs/clock', 'libs/fsm'], edges: ['libs/packet'], why: 'as libs/arp' },
  'libs/packet': { may: ['libs/ip', 'libs/clock'], why: 'sockets carry any protocol, so they know none' },
  'libs/kube': { may: ['libs/ip', 'libs/clock', 'libs/fsm', 'crds'], why: 'the only code that knows Kubernetes knows nothing of us' },
  crds: { may: [], why: 'generated types describe, they do not decide' },
  operator: {
    may: ['libs/ip', 'libs/plan', 'libs/clock', 'libs/telemetry', 'crds'],
    edges: ['libs/kube'],
    why: 'the operator decides on data; only its edge knows Kubernetes, and it speaks no protocol',
  },
  speaker: {
    may: ['libs/arp', 'libs/ndp', 'libs/bgp', 'libs/bfd', 'libs/wire', 'libs/ip', 'libs/plan', 'libs/clock', 'libs/fsm', 'libs/telemetry'],
    edges: ['libs/packet', 'libs/kube'],
    why: 'the speaker carries out; it never decides, and only its edges know Kubernetes and sockets',
  },
  e2e: { may: ['libs/plan'], why: 'what tests the product from outside must not share its code' },
}

/** Node modules that reach the outside, and the few file names that exist to import them. */
const effects = /^node:(net|dgram|fs|tls|http|https|child_process|timers|worker_threads|os)\b/
const edge =
  /\/(main|tcp|udp|apiserver|probe-socket|metrics-server|log|health-check-http|handover\/socket|saved-plan|api-cluster|other-namespaces)\.ts$|^libs\/(packet|kube)\/|^e2e\/|^libs\/clock\/|^operator\/src\/cluster\//
/** Pure functions of node:net. */
const allowed = new Set(['libs/ip/src/ip.ts'])

const packages = new Map([
  ['bgp-js', 'libs/bgp'],
  ['arp-ts', 'libs/arp'],
  ...['crds', 'operator', 'speaker', 'e2e'].map((name): [string, string] => [`@loadstone/${name}`, name]),
])
const layerOfPackage = (specifier: string): string | undefined =>
  packages.get(specifier.replace(/^(bgp-js|arp-ts)\/.*/, '$1')) ??
  (specifier.startsWith('@loadstone/') ? `libs/${specifier.split('/')[1]}` : undefined)
const layerOf = (path: string): string | undefined => Object.keys(layers).find((layer) => path.startsWith(`${layer}/`))
const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => file.endsWith('.ts') && !file.includes('/generated/') && existsSync(file) && layerOf(file) !== undefined)
/** A workspace's own tests, and what they stand on, may use what they like of others, by its name. */
const ofTests = (file: string): boolean => /^(libs\/[^/]+|[^/]+)\/(test|testing)\//.test(file)
/** Programs for the bench: they run the product's parts as `main.ts` does, and measure. */
const ofBenches = (file: string): boolean => /^(libs\/[^/]+|operator|speaker)\/(bench|fuzz|sim)\//.test(file)

function wrong(file: string, specifier: string): string | undefined {
  const layer = layerOf(file) ?? ''
  const { may, edges = [], why } = layers[layer] as Layer
  const outside = edge.test(file) || ofBenches(file) || ofTests(file)
  if (effects.test(specifier) && !outside && !allowed.has(file)) return 'only edges touch the outside'
  const target = specifier.startsWith('.') ? layerOf(normalize(join(dirname(file), specifier))) : layerOfPackage(specifier)
  if (target === undefined || (target === layer && specifier.startsWith('.'))) return undefined
  if (specifier.startsWith('.')) return 'reach another workspace by its name, never into its folders'
  if (ofTests(file) && layer !== 'e2e') return undefined
  if (ofBenches(file) && target === 'libs/sim') return undefined
  return may.includes(target) || (outside && edges.includes(target)) ? undefined : why
}

test('the arrows see every folder of every layer', () => {
  assert.deepEqual(
    Object.keys(layers).filter((layer) => !tracked.some((file) => file.startsWith(`${layer}/`))),
    [],
    'a layer without a file',
  )
  const folders = new Set(
    tracked
      .filter((file) => !ofTests(file))
      .map((file) =>
        file
          .split('/')
          .slice(0, file.startsWith('libs/') ? 3 : 2)
          .join('/'),
      ),
  )
  for (const folder of ['e2e/scenarios', 'e2e/cluster', 'libs/bgp/fuzz', 'libs/bgp/sim', 'operator/bench', 'speaker/src']) {
    assert.ok(folders.has(folder), folder)
  }
})

test.each(tracked)('imports of %s', (file) => {
  const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'))
  const faults = importedFiles.flatMap(({ fileName }) => {
    const reason = wrong(file, fileName)
    return reason === undefined ? [] : [`${file} imports ${fileName}: ${reason}`]
  })
  assert.deepEqual(faults, [])
})

test('every workspace has a layer', () => {
  const { workspaces } = JSON.parse(readFileSync('package.json', 'utf8')) as { workspaces: string[] }
  const folders = workspaces.flatMap((entry) =>
    entry.endsWith('/*') ? readdirSync(entry.slice(0, -2)).map((name) => join(entry.slice(0, -2), name)) : [entry],
  )
  assert.deepEqual(
    folders.filter((folder) => layers[folder] === undefined),
    [],
  )
})
