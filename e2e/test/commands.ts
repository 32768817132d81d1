import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { read, repositoryFiles, root } from './markdown'

const exists = (path: string): boolean => existsSync(join(root, path))
const matched = (path: string, pattern: RegExp): readonly string[] => [...read(path).matchAll(pattern)].map(([, name = '']) => name)

/** Words as a shell parts them; quotes keep blanks together and are gone. */
export const wordsOf = (command: string): readonly string[] =>
  [...command.matchAll(/(?:[^\s'"]|'[^']*'|"[^"]*")+/g)].map(([word]) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, '$1$2'))

type Crd = {
  readonly spec: {
    readonly scope: string
    readonly names: { readonly plural: string; readonly singular: string; readonly shortNames?: readonly string[] }
  }
}
type Kind = { readonly namespaced: boolean; readonly ours: boolean }

const builtIn: Readonly<Record<string, Kind>> = Object.fromEntries<Kind>([
  ...['service', 'svc', 'pod', 'secret', 'deployment', 'daemonset'].map((name) => [name, { namespaced: true, ours: false }] as const),
  ...['node', 'namespace', 'ns', 'crd', 'customresourcedefinition', 'validatingwebhookconfiguration'].map(
    (name) => [name, { namespaced: false, ours: false }] as const,
  ),
])
const kinds: ReadonlyMap<string, Kind> = new Map([
  ...Object.entries(builtIn).flatMap(([name, kind]): [string, Kind][] => [
    [name, kind],
    [`${name}s`, kind],
  ]),
  ...readdirSync(join(root, 'crds/manifests'))
    .map((file) => (parse(read(`crds/manifests/${file}`)) as Crd).spec)
    .flatMap(({ scope, names }) =>
      [names.plural, names.singular, ...(names.shortNames ?? [])].map((name): [string, Kind] => [
        name,
        { namespaced: scope === 'Namespaced', ours: true },
      ]),
    ),
])

type Example = { readonly kind: string; readonly metadata: { readonly name: string; readonly namespace?: string } }
/** Objects that examples/ puts into the namespace which kubectl takes when none is named. */
const inDefault = new Set(
  repositoryFiles
    .filter((path) => /^examples\/.*\.yaml$/.test(path))
    .flatMap((path) => parseAllDocuments(read(path)).map((document) => document.toJS() as Example))
    .filter(({ metadata }) => metadata.namespace === 'default')
    .map(({ kind, metadata }) => `${kind.toLowerCase()}/${metadata.name}`),
)

const withValue = new Set([
  '-n',
  '--namespace',
  '-l',
  '--selector',
  '-f',
  '--type',
  '--patch',
  '-o',
  '--tail',
  '--set',
  '--timeout',
  '--tag',
])

/** Operands and options of a command line; an option without a value is ''. */
function parsed(words: readonly string[]): { readonly operands: readonly string[]; readonly options: ReadonlyMap<string, string> } {
  const operands: string[] = []
  const options = new Map<string, string>()
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const [name = '', value] = word.split(/=(.*)/s)
    if (!word.startsWith('-')) operands.push(word)
    else {
      const given = value ?? (withValue.has(name) ? words[++i] : undefined)
      // --set may be there several times
      options.set(name, [options.get(name), given].filter((one) => one !== undefined && one !== '').join(','))
    }
  }
  return { operands, options }
}

const isPlaced = (options: ReadonlyMap<string, string>): boolean => ['-n', '--namespace', '-A'].some((option) => options.has(option))

const verbs: Readonly<Record<string, (operands: readonly string[], options: ReadonlyMap<string, string>) => readonly string[]>> = {
  ...Object.fromEntries(
    ['get', 'delete', 'patch', 'annotate', 'label'].map((verb) => [
      verb,
      (operands, options) => faultsOfKinds(operands, isPlaced(options)),
    ]),
  ),
  // Without operands the verb itself is talked about.
  describe: (operands, options) => (operands.length === 0 ? [] : faultsOfKinds(operands, isPlaced(options))),
  explain: (operands) => (operands.length === 0 ? [] : faultsOfKinds(operands, true)),
  rollout: ([, ...operands], options) => faultsOfKinds(operands, isPlaced(options)),
  apply: (_, options) => (exists(options.get('-f') ?? '?') ? [] : [`no file ${options.get('-f')}`]),
  logs: (_, options) => (isPlaced(options) ? [] : ['logs of which namespace?']),
}

function kubectl(words: readonly string[]): readonly string[] {
  const { operands, options } = parsed(words)
  const [verb = '', ...rest] = operands
  return verbs[verb]?.(rest, options) ?? [`kubectl has no verb "${verb}" that this test knows`]
}

function faultsOfKinds([what = '', name]: readonly string[], placed: boolean): readonly string[] {
  const bare = what.replace(/s$/, '')
  const known = name === undefined ? [...inDefault].some((object) => object.startsWith(`${bare}/`)) : inDefault.has(`${bare}/${name}`)
  return what.split(',').flatMap((one) => {
    const kind = kinds.get(one)
    if (kind === undefined) return [`no kind "${one}"`]
    return placed || !kind.namespaced || (!kind.ours && known)
      ? []
      : [`${one} ${name ?? ''} is namespaced, and not in the default namespace: say -n or -A`]
  })
}

const values = parse(read('charts/loadstone/values.yaml')) as Readonly<Record<string, unknown>>
const helmOptions = new Set(['--namespace', '--create-namespace', '--set', '--install', '--take-ownership', '--wait'])

function helm(words: readonly string[]): readonly string[] {
  const { operands, options } = parsed(words)
  const [verb = '', , chart] = operands
  const settings = (options.get('--set') ?? '').split(',').filter((setting) => setting !== '')
  return [
    ...(['install', 'upgrade', 'uninstall'].includes(verb) ? [] : [`helm has no verb "${verb}" that this test knows`]),
    ...(chart === undefined || exists(join(chart, 'Chart.yaml')) ? [] : [`${chart} is no chart`]),
    ...(verb === 'install' && !options.has('--namespace') ? ['install into which namespace?'] : []),
    ...[...options.keys()].filter((option) => !helmOptions.has(option)).map((option) => `helm option ${option}`),
    ...settings
      .map((setting) => setting.split('=')[0] ?? '')
      .filter(
        (path) => path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], values) === undefined,
      )
      .map((path) => `the chart has no value ${path}`),
  ]
}

const jestProjects = (): readonly string[] => matched('jest.config.js', /project\('(\w+)'/g)
/** What `make test` runs besides. */
const steps = ['lint', 'fuzz', 'demo']

/** A setting of make: something must read it, and projects must exist. */
function faultsOfSetting(name: string, value: string, scripts: string): readonly string[] {
  if (!new RegExp(`\\b${name}\\b`).test(scripts)) return [`nothing reads ${name}`]
  if (name !== 'PROJECTS') return []
  return value
    .split(' ')
    .filter((one) => !steps.includes(one) && !jestProjects().includes(one))
    .map((one) => `no project ${one}`)
}

function make(words: readonly string[]): readonly string[] {
  const folder = words[0] === '-C' ? (words[1] ?? '') : ''
  const makefile = join(folder, 'Makefile')
  if (!exists(makefile)) return [`no ${makefile}`]
  const targets = new Set(matched(makefile, /^([\w/.-]+):/gm))
  const scripts = [makefile, ...repositoryFiles.filter((path) => /^(tools\/run-|e2e\/demo\/main)/.test(path))].map(read).join('\n')
  return words.slice(folder === '' ? 0 : 2).flatMap((word) => {
    const [, name, value = ''] = /^([A-Z]+)=(.*)/.exec(word) ?? []
    if (name !== undefined) return faultsOfSetting(name, value, scripts)
    return targets.has(word) ? [] : [`${makefile} has no target ${word}`]
  })
}

function npx(words: readonly string[]): readonly string[] {
  const [tool, ...rest] = words
  if (tool === 'tsc') return rest.slice(1).flatMap((path) => (exists(join(path, 'tsconfig.json')) ? [] : [`no ${path}/tsconfig.json`]))
  if (tool !== 'jest') return [`npx ${tool}`]
  const from = rest.indexOf('--selectProjects')
  const projects = from < 0 ? [] : rest.slice(from + 1)
  const paths = rest.slice(0, from < 0 ? undefined : from)
  return [
    ...projects.filter((name) => !jestProjects().includes(name)).map((name) => `no Jest project ${name}`),
    ...paths.filter((path) => !repositoryFiles.some((file) => file.startsWith(path))).map((path) => `no test below ${path}`),
  ]
}

/** A program that is compiled counts when its source is there; /app is the image's dist/. */
function node([script = '']: readonly string[]): readonly string[] {
  const bundled = /^\/app\/([\w-]+)\.js$/.exec(script)?.[1]
  if (bundled !== undefined) return read('tools/bundle.mjs').includes(bundled) ? [] : [`the image has no ${script}`]
  return exists(script.replace('/out/', '/').replace(/\.js$/, '.ts')) || repositoryFiles.includes(script) ? [] : [`no source of ${script}`]
}

function docker(words: readonly string[]): readonly string[] {
  const { operands } = parsed(words)
  const [verb = '', operand = ''] = operands
  if (verb === 'push') return []
  return verb === 'build' && exists(join(operand, 'Dockerfile')) ? [] : [`docker ${verb}: no Dockerfile in ${operand}`]
}

/** What a Dockerfile runs besides; nothing of the repository is named to them. */
const ofTheImage = (): readonly string[] => []

const usageHas = (path: string, words: readonly string[]): readonly string[] =>
  words.filter((word) => !read(path).includes(word)).map((word) => `${path} knows no ${word}`)

const programs: Readonly<Record<string, (words: readonly string[]) => readonly string[]>> = {
  kubectl,
  helm,
  make,
  npx,
  node,
  docker,
  rm: ofTheImage,
  strip: ofTheImage,
  npm: ([verb]) => (verb === 'install' || verb === 'ci' ? [] : [`npm ${verb}`]),
  export: ([setting = '']) => (/^[A-Z]+=\S+$/.test(setting) ? [] : [`export ${setting}`]),
  unshare: (words) => faultsOf(words.filter((word) => !word.startsWith('-')).join(' ')),
  'e2e/cluster/cli': ([verb = '', ...rest]) => [
    ...(verb === 'help' || new RegExp(`^ {2}'?${verb}'?: `, 'm').test(read('e2e/cluster/src/cli.ts'))
      ? []
      : [`the cluster's command line has no ${verb}`]),
    ...(verb === 'kubectl' ? kubectl(rest) : []),
  ],
  'bgp-js': (words) =>
    usageHas(
      'libs/bgp/src/cli/arguments.ts',
      words.filter((word, i) => i === 0 || word.startsWith('--')),
    ),
}

/** What is wrong with a command, as far as the repository can tell; nothing, if it would run. */
export function faultsOf(command: string): readonly string[] {
  return command.split(/ (?:&&|\|\||\|) |; /).flatMap((part) => {
    const [first = '', ...rest] = wordsOf(part)
    const check = programs[first]
    return check === undefined ? [`nobody checks commands of "${first}"`] : check(rest)
  })
}
