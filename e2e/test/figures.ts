import ts from 'typescript'
import { faultsOf } from './commands'
import { type Block, blocksOf, codeSpans, read, repositoryFiles } from './markdown'

/**
 * A figure is a number with a unit of time, memory or share. Each needs beside it a command that prints it, or a note that
 * says which test shows it, or where it stands as a constant:
 *
 *   <!-- 16 ms: "title of a test" -->
 *   <!-- 5 s: speaker/src "drainMillis = 5_000" -->
 *
 * or an RFC in its own sentence, for what is a rule of a protocol.
 */
const unit = '(µs|ms|s|seconds?|minutes?|min|hours?|kB|MB|GB|%|octets)'
const number = String.raw`(?<![\w.:§,])\d[\d.,]*`
const figure = new RegExp(String.raw`${number}(?:\s?(?:–|to|and)\s?\d[\d.,]*)?\s${unit}(?!\w)`, 'gu')

export const figuresIn = (text: string): readonly string[] =>
  [...text.replace(/`[^`]*`/g, '').matchAll(figure)].map(([found]) => found.replace(/\s+/g, ' '))

const factors: Readonly<Record<string, number>> = { µs: 1, ms: 1e3, s: 1e6, second: 1e6, minute: 6e7, min: 6e7, hour: 3.6e9 }

/** For each number of the figure, those by which a program may write it: 5 s is 5, 5_000 or 5_000_000. */
function spellings(one: string): readonly (readonly number[])[] {
  const unitOf = one.split(' ').at(-1) ?? ''
  const factor = factors[unitOf] ?? factors[unitOf.replace(/s$/, '')]
  return [...one.matchAll(/\d[\d.,]*/g)].map(([digits]) => {
    const value = Number(digits.replaceAll(',', '').replace(/\.$/, ''))
    return factor === undefined ? [value] : [1, 1e3, 1e6, 6e7].map((to) => (value * factor) / to)
  })
}

const numbersIn = (code: string): readonly number[] =>
  [...code.matchAll(/\d[\d_]*(?:\.\d+)?/g)].map(([digits]) => Number(digits.replaceAll('_', '')))

const testFiles = repositoryFiles.filter((path) => /\.(test|native|api|timing|scenario)\.ts$|^e2e\/(scenarios|interop)\/.*\.ts$/.test(path))
const sources = new Map<string, string>()
const source = (path: string): string => sources.get(path) ?? (sources.set(path, read(path)).get(path) as string)

/** The titles of what really is a call of test(), inNetns() or the like, and not one that is skipped or only talked about. */
function titlesOf(path: string): readonly string[] {
  const titles: string[] = []
  const visit = (at: ts.Node): void => {
    if (ts.isCallExpression(at)) {
      const [title] = at.arguments
      const callee = at.expression.getText()
      if (
        /^(test|it|inNetns|describe)\b/.test(callee) &&
        !/\.(skip|todo)\b/.test(callee) &&
        title !== undefined &&
        ts.isStringLiteralLike(title)
      )
        titles.push(title.text)
      else if (/^(test|it|inNetns)\b/.test(callee) && title !== undefined && ts.isTemplateExpression(title)) titles.push(title.getText())
    }
    ts.forEachChild(at, visit)
  }
  visit(ts.createSourceFile(path, source(path), ts.ScriptTarget.Latest, true))
  return titles
}

/** Whether a test has these words in its title. */
export const isTitle = (words: string): boolean =>
  testFiles.some((path) => source(path).includes(words) && titlesOf(path).some((title) => title.includes(words)))

type Note = { readonly about: readonly string[]; readonly path: string | undefined; readonly quoted: readonly string[] }

export function noteOf(text: string): Note | undefined {
  const [, about, path, quoted] = /^([^"]*?): (?:(\S+) )?("[^"]+"(?:, "[^"]+")*)$/.exec(text) ?? []
  if (about === undefined || quoted === undefined) return undefined
  return { about: about.split(', '), path, quoted: [...quoted.matchAll(/"([^"]+)"/g)].map(([, words = '']) => words) }
}

/** What a place says: a file, or all sources below a folder, so that moving one of them there is no fault of the page. */
function said(path: string): readonly string[] {
  const below = repositoryFiles.filter((file) => file.startsWith(`${path}/`) && file.endsWith('.ts') && !file.includes('/test/'))
  return (repositoryFiles.includes(path) ? [path] : below).map(source)
}

function faultsOfNote({ about, path, quoted }: Note): readonly string[] {
  if (path === undefined) return quoted.filter((words) => !isTitle(words)).map((words) => `no test has the title "${words}"`)
  const texts = said(path)
  if (texts.length === 0) return [`no ${path}`]
  const absent = quoted.filter((words) => !texts.some((text) => text.includes(words)))
  const numbers = quoted.flatMap(numbersIn)
  const isSaid = (one: string): boolean => spellings(one).every((values) => values.some((value) => numbers.includes(value)))
  return [
    ...absent.map((words) => `${path} does not say ${words}`),
    ...about.filter((one) => !isSaid(one)).map((one) => `${quoted.join()} does not say ${one}`),
  ]
}

type Part = { readonly line: number; readonly text: string; readonly beside: string }

function partsOf(block: Block, introduction: string): readonly Part[] {
  if (block.kind === 'prose') return [{ line: block.line, text: block.text, beside: block.text }]
  if (block.kind !== 'table') return []
  return block.rows.map(({ line, cells }) => ({ line, text: cells.join(' | '), beside: `${cells.join(' | ')} ${introduction}` }))
}

const program = /^(make|npx|node|unshare|e2e\/cluster\/cli) \S/
const printsIt = (text: string): boolean => codeSpans(text).some((span) => program.test(span) && faultsOf(span).length === 0)
const isOfRfc = (text: string, one: string): boolean =>
  text.split(/(?<=\.)\s/).every((sentence) => !figuresIn(sentence).includes(one) || /\bRFC \d{3,4}\b/.test(sentence))

/** What a page claims in figures and nobody can check, and notes that say nothing true. */
export function unshown(page: string): readonly string[] {
  const blocks = blocksOf(page)
  return blocks.flatMap((block, i) => {
    if (block.kind === 'code' || block.kind === 'heading') return []
    const before = blocks[i - 1]
    const introduction = block.kind === 'table' && before?.kind === 'prose' && before.text.endsWith(':') ? before.text : ''
    const parts = partsOf(block, introduction)
    const notes = block.notes.map((text) => ({ text, note: noteOf(text) }))
    const present = new Set(parts.flatMap(({ text }) => figuresIn(text)))
    const covered = new Set(notes.flatMap(({ note }) => note?.about ?? []))
    return [
      ...notes.flatMap(({ text, note }) => (note === undefined ? [`line ${block.line}: a note nobody understands: ${text}`] : [])),
      ...notes.flatMap(({ note }) => (note === undefined ? [] : faultsOfNote(note).map((fault) => `line ${block.line}: ${fault}`))),
      ...[...covered]
        .filter((one) => /^\d/.test(one) && !present.has(one))
        .map((one) => `line ${block.line}: a note about ${one}, which is not there`),
      ...parts.flatMap(({ line, text, beside }) =>
        figuresIn(text)
          .filter((one) => !covered.has(one) && !printsIt(beside) && !isOfRfc(text, one))
          .map((one) => `line ${line}: ${one} has neither command nor test beside it`),
      ),
    ]
  })
}
