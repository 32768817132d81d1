import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { test } from '@jest/globals'

/** Tracked text, and what is about to be tracked. Lock files and captures refer to nothing of ours. This file names documents that do not exist. */
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.(ts|js|mjs|c|h|md|ya?ml|tpl|txt|sh)$|(^|\/)(Makefile|Dockerfile)$|^tools\//.test(file))
  .filter((file) => existsSync(file) && file !== 'arch/references.test.ts')

type Text = { readonly file: string; readonly text: string }
const texts: readonly Text[] = files.map((file) => ({ file, text: readFileSync(file, 'utf8') }))
const pages = texts.filter(({ file }) => file.endsWith('.md'))

/** Pages whose own sections are numbered: a bare § in them is of the same page. */
const numbered = ['docs/design.md', 'docs/metallb-behaviour.md']

const textOf = new Map(texts.map(({ file, text }) => [file, text]))
const headingsOf = (text: string): readonly string[] => [...text.matchAll(/^#+ +(.*)$/gm)].map(([, heading = '']) => heading)
const hasSection = (page: string, section: string): boolean =>
  headingsOf(textOf.get(page) ?? '').some((heading) => new RegExp(`^${section.replaceAll('.', '\\.')}[. ]`).test(heading))

/** As GitHub makes them. */
const anchor = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-')

/** Where a path that a text mentions may be: beside the text, in its workspace, in docs/ or at the root. */
function placeOf(file: string, path: string): string | undefined {
  const workspace = file.match(/^(libs\/[^/]+|operator|speaker|e2e|crds)\//)?.[1]
  const folders = [dirname(file), ...(workspace === undefined ? [] : [workspace]), 'docs', '.']
  return folders.map((folder) => normalize(join(folder, path))).find((place) => existsSync(place))
}

function deadSections({ file, text }: Text): readonly string[] {
  const found = [...text.matchAll(/([\w./-]+\.md)\)? §(\d+(?:\.\d+)*)/g)]
  return found.flatMap(([whole, path = '', section = '']) => {
    const page = placeOf(file, path)
    return page !== undefined && hasSection(page, section) ? [] : [`${file}: ${whole}`]
  })
}

/** A section is of an RFC, or of a page that is named with its path. Between two sections these words may stand. */
const between = new Set(['and', 'as', 'by', 'in', 'of', 'see', 'to', 'which'])
const namelessSections = ({ file, text }: Text): readonly string[] =>
  [...text.matchAll(/(?<![\w./-])([A-Za-z]+) §\d/g)].flatMap(([whole, word = '']) => (between.has(word) ? [] : [`${file}: ${whole}`]))

const ownSections = ({ file, text }: Text): readonly string[] =>
  [...text.matchAll(/(\S+) §(\d+(?:\.\d+)*)|§(\d+(?:\.\d+)*)/g)].flatMap(([whole, before = '', after, alone]) => {
    const section = after ?? alone ?? ''
    const foreign = /\.md\)?$/.test(before) || /^\d{3,}$/.test(before)
    return foreign || hasSection(file, section) ? [] : [`${file}: ${whole}`]
  })

const decisions = new Set(readdirSync('docs/adr').map((name) => name.slice(0, 4)))
const deadDecisions = ({ file, text }: Text): readonly string[] =>
  [...text.matchAll(/\badr[ /](\d{4})\b/gi)].flatMap(([whole, number = '']) => (decisions.has(number) ? [] : [`${file}: ${whole}`]))

/** A bare name may be meant of every workspace, as MUST.md is. */
const names = new Set(files.map((file) => basename(file)))
const deadPages = ({ file, text }: Text): readonly string[] =>
  [...text.matchAll(/[\w./-]+\.md\b/g)].flatMap(([path]) => {
    const bare = path.replace(/^(\.\.?\/)+/, '')
    const alive = placeOf(file, path) !== undefined || (!bare.includes('/') && names.has(bare))
    return alive ? [] : [`${file}: ${path}`]
  })

function deadLinks({ file, text }: Text): readonly string[] {
  const links = [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return links.flatMap((target) => {
    if (/^[a-z]+:/.test(target)) return []
    const [path = '', fragment] = target.split('#')
    const place = path === '' ? file : normalize(join(dirname(file), path))
    const alive =
      existsSync(place) &&
      (fragment === undefined || headingsOf(readFileSync(place, 'utf8')).some((heading) => anchor(heading) === fragment))
    return alive ? [] : [`${file}: ${target}`]
  })
}

const none = (dead: readonly string[]): void => assert.deepEqual(dead, [])

test('a section that a text refers to is a heading of the page', () => none(texts.flatMap(deadSections)))

test('a section is of an RFC or of a page that is named by its path', () => none(texts.flatMap(namelessSections)))

test.each(numbered)('the sections that %s refers to in itself exist', (page) =>
  none(texts.filter(({ file }) => file === page).flatMap(ownSections)),
)

test('a decision that a text refers to is in docs/adr', () => none(texts.flatMap(deadDecisions)))

test('docs/adr/README.md lists every decision once', () => {
  const listed = [...(textOf.get('docs/adr/README.md') ?? '').matchAll(/^\| \[(\d{4})\]\((\1-[a-z-]+\.md)\)/gm)].map(([, , name]) => name)
  assert.deepEqual(listed, [...readdirSync('docs/adr')].filter((name) => name !== 'README.md').sort())
})

test('a page that a text mentions exists', () => none(texts.flatMap(deadPages)))

test('the glossary says of each word where it is', () => {
  const rows = [...(textOf.get('docs/glossary.md') ?? '').matchAll(/^\| (?!word|name|-)([^|]+)\|[^|]+\| ([^|]+) \|$/gm)]
  assert.ok(rows.length > 30)
  const paths = rows.flatMap(([, word = '', where = '']) => [...where.matchAll(/`([^`]+)`/g)].map(([, path = '']) => ({ word, path })))
  none(paths.filter(({ path }) => !existsSync(path)).map(({ word, path }) => `${word}: ${path}`))
})

test('a relative link of a page leads to a file, and its fragment to a heading', () => none(pages.flatMap(deadLinks)))

test('references are found at all: a test that reads nothing proves nothing', () => {
  const count = (pattern: RegExp): number => texts.reduce((sum, { text }) => sum + (text.match(pattern) ?? []).length, 0)
  assert.ok(count(/\.md\)? §\d/g) >= 15 && count(/\badr[ /]\d{4}\b/gi) >= 15 && pages.length >= 40)
})

/** Each detector is shown what it exists to find. */
test.each([
  [deadSections, 'see docs/design.md §99'],
  [deadSections, 'see docs/nowhere.md §1'],
  [namelessSections, 'DESIGN §1'],
  [namelessSections, 'reference §1.1.9'],
  [ownSections, 'as §99 says'],
  [deadDecisions, 'docs/adr/0006'],
  [deadDecisions, 'ADR 0099'],
  [deadPages, 'docs/nowhere.md'],
  [deadPages, 'NOWHERE.md'],
  [deadLinks, '[there](nowhere.md)'],
  [deadLinks, '[there](#no-such-heading)'],
] as const)('%p finds "%s"', (detector, text) => {
  assert.equal(detector({ file: 'docs/design.md', text }).length, 1)
})
