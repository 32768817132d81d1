import { type Problem, problemText } from './problem'

/** Lists every problem of a value; empty if the value matches the schema. */
type Validate = (value: unknown) => readonly Problem[]

/** The generated validator of a spec or a status, with the names of all fields and of those that are lists. */
export type Contract<T> = {
  readonly validate: Validate
  readonly fields: readonly (keyof T & string)[]
  readonly lists: readonly (keyof T & string)[]
}

type ListsOf<T> = { readonly [K in keyof T as T[K] extends readonly unknown[] ? K : never]: T[K] }
/** The valid part of a T: every list, with its valid elements, and the other fields as far as they are valid. */
export type Sound<T> = Partial<T> & ListsOf<T>

/** A problem. `field` is the top-level field it is in; undefined if the whole value is not an object. */
type ContractFault<T> = { readonly field: (keyof T & string) | undefined; readonly text: string }

/** The valid part of a value, and a fault for each invalid part: the text says where, what, and what belongs there. */
type Salvaged<T> = { readonly sound: Sound<T>; readonly faults: readonly ContractFault<T>[] }

/**
 * Reads a spec or status that may be partly invalid. An invalid element of a list is left out, and so is an invalid field, or one
 * outside the contract. A missing list is empty. Elements are not copied. `at` is the path that texts of faults begin with. Never throws.
 */
export function salvage<T>({ validate, fields, lists }: Contract<T>, value: unknown, at: string): Salvaged<T> {
  const faults = new Map<string, ContractFault<T>>()
  for (const problem of validate(value)) {
    const path = pathOf(problem)
    const [field, index] = path as [(keyof T & string)?, string?]
    const isList = field !== undefined && lists.includes(field)
    const part = isList && index !== undefined ? `${field}/${index}` : String(field)
    const isAbsent = isList && path.length === 1 && problem.keyword === 'required'
    // Only the first problem of an element is reported: others often follow from it.
    if (!isAbsent && !faults.has(part)) faults.set(part, { field, text: textOf(problem, path, value, at) })
  }
  const from = (faults.has('undefined') ? {} : value) as Readonly<Record<string, unknown>>
  const good = (field: string): unknown => {
    const found = from[field]
    if (!lists.includes(field as keyof T & string)) return faults.has(field) ? undefined : found
    if (!Array.isArray(found)) return []
    return [...faults.values()].some((fault) => fault.field === field) ? found.filter((_, i) => !faults.has(`${field}/${i}`)) : found
  }
  const kept = fields.flatMap((field) => [[field, good(field)] as const].filter(([, sound]) => sound !== undefined))
  return { sound: Object.fromEntries(kept) as Sound<T>, faults: [...faults.values()] }
}

/** The path of a problem; of a missing field, the path it would have. */
const pathOf = ({ instancePath, keyword, params }: Problem): readonly string[] => [
  ...instancePath.split('/').slice(1),
  ...(keyword === 'required' ? [String(params['missingProperty'])] : []),
]

function textOf(problem: Problem, path: readonly string[], value: unknown, at: string): string {
  const found = path.reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>>)[key], value)
  const place = path.reduce((text, key) => (/^\d+$/.test(key) ? `${text}[${key}]` : `${text}.${key}`), at)
  return `${place}: ${problemText(problem, found)}`
}
