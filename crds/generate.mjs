// Writes what follows from crds/manifests: the types of metallb.io, types and validators of the plan, the chart's copies and docs/crds.md.
// With --check it writes nothing, lists stale files and exits with 1 if there are any.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse, parseDocument } from 'yaml'
import { reference } from './generate/reference.mjs'
import { schemasOf } from './generate/schema.mjs'
import { banner, planTypes, resources, sharedTypes, typesOf } from './generate/types.mjs'
import { validators } from './generate/validators.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [manifests, types, plan, copies] = [
  'crds/manifests',
  'crds/src/generated',
  'libs/plan/src/generated',
  'charts/loadstone/files/crds',
].map((path) => join(root, path))
const sources = readdirSync(manifests)
  .filter((name) => name.endsWith('.yaml'))
  .sort()
  .map((name) => ({ name, text: readFileSync(join(manifests, name), 'utf8') }))
const crds = sources.map(({ text }) => parse(text))
const [planned, configured] = [true, false].map((ours) => crds.filter(({ spec }) => (spec.group === 'loadstone.dev') === ours))
const schemas = schemasOf(planned)

/** The manifest with an annotation to keep it: uninstalling the chart would otherwise delete the CRD with all objects of its kind. */
function copy({ name, text }) {
  const document = parseDocument(text)
  document.commentBefore = ` Generated from crds/manifests/${name}; edit that and run \`make generate\`.`
  document.setIn(['metadata', 'annotations'], { 'helm.sh/resource-policy': 'keep' })
  return document.toString({ lineWidth: 0 })
}

const wanted = new Map([
  [join(types, 'shared.ts'), await sharedTypes(configured)],
  [join(types, 'resources.ts'), resources(crds)],
  ...(await Promise.all(configured.map(async (crd) => [join(types, `${fileName(crd)}.ts`), await typesOf(crd)]))),
  [join(plan, 'types.ts'), await planTypes(schemas)],
  [join(plan, 'validators.ts'), validators(schemas, banner)],
  ...sources.map((source) => [join(copies, source.name), copy(source)]),
  [join(root, 'docs/crds.md'), reference(crds)],
])

/** IPAddressPool becomes ip-address-pool. */
function fileName(crd) {
  return crd.spec.names.kind.replace(/([a-z\d])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3-$2$4').toLowerCase()
}

const present = [types, plan, copies].flatMap((folder) => list(folder)).concat(join(root, 'docs/crds.md'))
const stale = [...wanted.keys()].filter((file) => read(file) !== wanted.get(file))
const left = present.filter((file) => !wanted.has(file))
if (process.argv.includes('--check')) {
  for (const file of [...stale, ...left]) console.error(`${relative(root, file)} is stale: run \`make generate\` and commit what it writes`)
  process.exit(stale.length + left.length === 0 ? 0 : 1)
}
for (const folder of [types, plan, copies]) mkdirSync(folder, { recursive: true })
for (const file of left) rmSync(file)
for (const file of stale) writeFileSync(file, wanted.get(file))
console.log(`crds: ${crds.map((crd) => basename(crd.spec.names.kind)).length} kinds, ${stale.length + left.length} files changed`)

function list(folder) {
  try {
    return readdirSync(folder).map((name) => join(folder, name))
  } catch {
    return [] // not generated yet
  }
}

function read(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
