import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Parsed, parsePlan, parseRouteSet, parseSlice } from './decode'
import type { LastGood } from './last-good-plan'
import type { SavedState } from './saved'
import { fields, integer, Misshapen, record, text } from './shape'

const format = 1

/** Replaces `plan.json` atomically. Mode 0600, because it holds passwords. Throws the errors of the file system. */
export function writePlanFile(directory: string, { lastGood, passwords }: SavedState): void {
  const path = join(directory, 'plan.json')
  const kept = {
    format,
    plan: content(lastGood.plan),
    slices: contents(lastGood.slices),
    routeSets: contents(lastGood.routeSets),
    passwords,
  }
  writeFileSync(`${path}.new`, JSON.stringify(kept), { mode: 0o600 })
  renameSync(`${path}.new`, path)
}

/** Reads `plan.json`. `unusable` says why its content cannot be used; an empty object means that there is no file. */
export function readPlanFile(directory: string, node: string): SavedState | { readonly unusable?: string } {
  const path = join(directory, 'plan.json')
  try {
    return parseSaved(JSON.parse(readFileSync(path, 'utf8')), node)
  } catch (error) {
    if (error instanceof Misshapen || error instanceof SyntaxError) return { unusable: `${path}: ${error.message}` }
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? {} : { unusable: `${path}: ${code ?? String(error)}` }
  }
}

function parseSaved(saved: unknown, node: string): SavedState {
  const from = fields(saved, 'file')
  integer(format, format)(from['format'], 'file.format')
  const plan = kept(from['plan'], 'file.plan', (spec) => parsePlan(spec, node))
  const each = <T>(name: string, parse: (spec: unknown) => Parsed<T>): ReadonlyMap<string, LastGood<T>> =>
    new Map(Object.entries(fields(from[name], `file.${name}`)).map(([key, value]) => [key, kept(value, `file.${name}.${key}`, parse)]))
  const password = record({ text, planned: text }, {})
  const passwords = Object.entries(fields(from['passwords'], 'file.passwords')).map(
    ([name, value]) => [name, password(value, `file.passwords.${name}`)] as const,
  )
  return {
    lastGood: {
      plan,
      slices: each('slices', (spec) => parseSlice(spec, node)),
      routeSets: each('routeSets', (spec) => parseRouteSet(spec)),
    },
    passwords: Object.fromEntries(passwords),
  }
}

function kept<T>(value: unknown, at: string, parse: (spec: unknown) => Parsed<T>): LastGood<T> {
  const from = fields(value, at)
  const { content: read, refusals } = parse(from['spec'])
  const [refusal] = refusals
  if (refusal !== undefined) throw new Misshapen(at, refusal)
  return {
    ...(read === undefined ? {} : { content: read }),
    refusals,
    generation: integer(0, Number.MAX_SAFE_INTEGER)(from['generation'], at),
  }
}

const content = (known: LastGood<unknown> | undefined) =>
  known?.content === undefined ? undefined : { generation: known.generation, spec: known.content }

const contents = (known: ReadonlyMap<string, LastGood<unknown>>) =>
  Object.fromEntries(
    [...known].flatMap(([name, object]) => [content(object)].flatMap((kept) => (kept === undefined ? [] : [[name, kept]]))),
  )
