import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
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
  'libs/plan': { may: ['libs/ip'], why: 'the contract must be readable by either side alone' },
  'libs/arp': {
    may: ['libs/wire', 'libs/ip', 'libs/clock'],
    edges: ['libs/packet'],
    why: 'a protocol is bytes and rules; it must run without Kubernetes or sockets',
  },
  'libs/ndp': { may: ['libs/wire', 'libs/ip', 'libs/clock'], edges: ['libs/packet'], why: 'as libs/arp' },
  'libs/bgp': { may: ['libs/wire', 'libs/ip', 'libs/clock'], edges: ['libs/packet'], why: 'as libs/arp' },
  'libs/bfd': { may: ['libs/wire', 'libs/ip', 'libs/clock'], edges: ['libs/packet'], why: 'as libs/arp' },
  'libs/swim': { may: ['libs/wire', 'libs/ip', 'libs/clock'], edges: ['libs/packet'], why: 'as libs/arp' },
  'libs/packet': { may: ['libs/ip', 'libs/clock'], why: 'sockets carry any protocol, so they know none' },
  'libs/kube': { may: ['libs/ip', 'libs/clock', 'crds'], why: 'the only code that knows Kubernetes knows nothing of us' },
  crds: { may: [], why: 'generated types describe, they do not decide' },
  operator: {
    may: ['libs/ip', 'libs/plan', 'libs/clock', 'crds'],
    edges: ['libs/kube'],
    why: 'the operator decides on data; only its edge knows Kubernetes, and it speaks no protocol',
  },
  speaker: {
    may: ['libs/arp', 'libs/ndp', 'libs/bgp', 'libs/bfd', 'libs/swim', 'libs/wire', 'libs/ip', 'libs/plan', 'libs/clock'],
    edges: ['libs/packet', 'libs/kube'],
    why: 'the speaker carries out; it never decides, and only its edges know Kubernetes and sockets',
  },
  e2e: { may: ['libs/plan'], why: 'what tests the product from outside must not share its code' },
}

/** Node modules that reach the outside, and the few file names that exist to import them. */
const effects = /^node:(net|dgram|fs|tls|http|https|child_process|timers|worker_threads|os)\b/
const edge =
  /\/(main|tcp|udp|apiserver|wire-worker|plan-file|handover-socket|probe-socket|metrics-server|health-http|log)\.ts$|^libs\/(packet|kube)\/|^e2e\/|^libs\/clock\//
/** Pure functions of node:net. */
const allowed = new Set(['libs/ip/src/ip.ts'])

const packages = new Map([
  ['bgp-js', 'libs/bgp'],
  ['arp-ts', 'libs/arp'],
  ...['crds', 'operator', 'speaker', 'e2e'].map((name): [string, string] => [`@loadstone/${name}`, name]),
])
const layerOfPackage = (specifier: string): string | undefined =>
  packages.get(specifier) ?? (specifier.startsWith('@loadstone/') ? `libs/${specifier.split('/')[1]}` : undefined)
const layerOf = (path: string): string | undefined => Object.keys(layers).find((layer) => path.startsWith(`${layer}/`))
const sources = Object.keys(layers)
  .flatMap((layer) => list(join(layer, 'src')))
  .filter((file) => file.endsWith('.ts') && !file.includes('/generated/'))

function list(dir: string): string[] {
  try {
    return readdirSync(dir, { recursive: true, encoding: 'utf8' }).map((file) => join(dir, file))
  } catch {
    return [] // a layer that is named before it is built
  }
}

function wrong(file: string, specifier: string): string | undefined {
  const layer = layerOf(file) ?? ''
  const { may, edges = [], why } = layers[layer] as Layer
  if (effects.test(specifier) && !edge.test(file) && !allowed.has(file)) return 'only edges touch the outside'
  const target = specifier.startsWith('.') ? layerOf(normalize(join(dirname(file), specifier))) : layerOfPackage(specifier)
  if (target === undefined || (target === layer && specifier.startsWith('.'))) return undefined
  if (specifier.startsWith('.')) return 'reach another workspace by its name, never into its folders'
  return may.includes(target) || (edge.test(file) && edges.includes(target)) ? undefined : why
}

test.each(sources)('imports of %s', (file) => {
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
