import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repository } from '../cluster/src/host/paths'

export const root = repository
export const read = (path: string): string => readFileSync(join(root, path), 'utf8')
/** Tracked files and new ones, so that a page counts before it is committed. */
export const repositoryFiles: readonly string[] = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '')

type Row = { readonly line: number; readonly cells: readonly string[] }
type Code = { readonly kind: 'code'; readonly line: number; readonly language: string; readonly text: string }
type Prose = { readonly kind: 'prose'; readonly line: number; readonly text: string; readonly notes: readonly string[] }
export type Table = { readonly kind: 'table'; readonly line: number; readonly rows: readonly Row[]; readonly notes: readonly string[] }
type Heading = { readonly kind: 'heading'; readonly line: number; readonly text: string }
export type Block = Code | Prose | Table | Heading

const opening = /^```(\w*)$/
const isItem = (line: string): boolean => /^\s*([-*]|\d+\.) /.test(line)

/**
 * The parts of a page. An HTML comment is a note of the part it follows, not text: the reader does not see it, the tests do.
 * A list item is a part of its own.
 */
export function blocksOf(page: string): readonly Block[] {
  const lines = page.split('\n')
  const blocks: Block[] = []
  let at = 0
  const take = (goesOn: (line: string) => boolean): string[] => {
    const from = at++
    while (at < lines.length && goesOn(lines[at] ?? '')) at++
    return lines.slice(from, at)
  }
  while (at < lines.length) {
    const line = at + 1
    const text = lines[at] ?? ''
    if (opening.test(text)) {
      const [, language = ''] = opening.exec(text) ?? []
      const body = take((next) => next !== '```').slice(1)
      at++
      blocks.push({ kind: 'code', line, language, text: body.join('\n') })
    } else if (text.trimStart().startsWith('<!--')) {
      note(blocks, takeComment(lines.slice(at)))
      at += takeComment(lines.slice(at)).split('\n').length
    } else if (text.startsWith('#')) {
      blocks.push({ kind: 'heading', line, text })
      at++
    } else if (text.startsWith('|')) {
      const rows = take((next) => next.startsWith('|')).map((row, i) => ({ line: line + i, cells: cellsOf(row) }))
      blocks.push({ kind: 'table', line, rows: rows.slice(2), notes: [] })
    } else if (text.trim() === '') at++
    else {
      const goesOn = (next: string): boolean => next.trim() !== '' && !/^(```|\s*<!--|#|\|)/.test(next) && !isItem(next)
      blocks.push({ kind: 'prose', line, text: take(goesOn).join('\n'), notes: [] })
    }
  }
  return blocks
}

function takeComment(lines: readonly string[]): string {
  const end = lines.findIndex((line) => line.includes('-->'))
  return lines.slice(0, end + 1).join('\n')
}

function note(blocks: Block[], comment: string): void {
  const last = blocks.at(-1)
  if (last === undefined || last.kind === 'code' || last.kind === 'heading') return
  const notes = comment.replace(/^\s*<!--|-->\s*$/g, '').split('\n')
  blocks[blocks.length - 1] = { ...last, notes: [...last.notes, ...notes.map((one) => one.trim()).filter((one) => one !== '')] }
}

/** A bar in a code span is escaped as everywhere in a table. */
const cellsOf = (row: string): readonly string[] =>
  row
    .replace(/^\|\s*|\s*\|$/g, '')
    .split(/\s*(?<!\\)\|\s*/)
    .map((cell) => cell.replaceAll('\\|', '|'))

export const codeSpans = (text: string): readonly string[] =>
  [...text.matchAll(/`([^`]+)`/g)].map(([, span = '']) => span.replace(/\s+/g, ' '))

/** What follows a heading until the next of its rank. */
export function section(page: string, title: string): readonly Block[] {
  const blocks = blocksOf(page)
  const from = blocks.findIndex((block) => block.kind === 'heading' && block.text === title)
  if (from < 0) throw new Error(`no heading "${title}"`)
  const rank = title.split(' ')[0] ?? ''
  const length = blocks.slice(from + 1).findIndex((block) => block.kind === 'heading' && block.text.split(' ')[0] === rank)
  return blocks.slice(from + 1, length < 0 ? undefined : from + 1 + length)
}

/** The lines of a shell block that do something: continued lines joined, comments gone. */
export const shellLines = (text: string): readonly string[] =>
  text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '')

type ShellCommand = { readonly file: string; readonly line: number; readonly text: string }

/** Programs whose name at the start of a code span makes it a command. */
const program = /^(make|kubectl|helm|npx|npm|node(?= \S+\.m?js)|unshare|docker|bgp-js|e2e\/cluster\/cli)( |$)/

/** Every command that a page tells its reader to run: each line of its shell blocks, and code spans that begin with a program. */
export function commandsOf(file: string, page = read(file)): readonly ShellCommand[] {
  return blocksOf(page).flatMap((block): readonly ShellCommand[] => {
    if (block.kind === 'heading') return []
    if (block.kind === 'code')
      return block.language === 'sh' ? shellLines(block.text).map((text) => ({ file, line: block.line, text })) : []
    const parts =
      block.kind === 'prose'
        ? [{ line: block.line, text: block.text }]
        : block.rows.map(({ line, cells }) => ({ line, text: cells.join(' | ') }))
    return parts.flatMap(({ line, text }) =>
      codeSpans(text)
        .filter((span) => program.test(span))
        .map((span) => ({ file, line, text: span })),
    )
  })
}
