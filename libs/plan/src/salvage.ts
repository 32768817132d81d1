import { type Problem, problemText } from './problem'

/** Every problem of a value. None: it is what the schema says. */
export type Validate = (value: unknown) => readonly Problem[]

/** The generated validator of a spec or a status, with the names of all its fields, and of those that are lists. */
export type Contract<T> = {
  readonly validate: Validate
  readonly fields: readonly (keyof T & string)[]
  readonly lists: readonly (keyof T & string)[]
}

type ListsOf<T> = { readonly [K in keyof T as T[K] extends readonly unknown[] ? K : never]: T[K] }
/** The lists are there, of good elements; any other field may be missing. */
export type Sound<T> = Partial<T> & ListsOf<T>

/** `field`: the top-level field that it is in; undefined, if the whole is no object. */
type ContractFault<T> = { readonly field: (keyof T & string) | undefined; readonly text: string }

/** What is good of a value, and what in it is not: texts say where, what and what belongs there. */
type Salvaged<T> = { readonly sound: Sound<T>; readonly faults: readonly ContractFault<T>[] }

/**
 * Reads a spec or status of which a part may be of another shape: an element of a list that is bad costs itself, a bad field is left
 * out. A list that is missing is empty. Elements are those of the value, not copies; fields that are not in the contract are left out.
 */
export function salvage<T>({ validate, fields, lists }: Contract<T>, value: unknown, at: string): Salvaged<T> {
  const faults = new Map<string, ContractFault<T>>()
  for (const problem of validate(value)) {
    const path = pathOf(problem)
    const [field, index] = path as [(keyof T & string)?, string?]
    const isList = field !== undefined && lists.includes(field)
    const part = isList && index !== undefined ? `${field}/${index}` : String(field)
    const isAbsent = isList && path.length === 1 && problem.keyword === 'required'
    // The first problem of an element decides: the others often follow from it.
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

/** Of what is missing, the path that it would have. */
const pathOf = ({ instancePath, keyword, params }: Problem): readonly string[] => [
  ...instancePath.split('/').slice(1),
  ...(keyword === 'required' ? [String(params['missingProperty'])] : []),
]

function textOf(problem: Problem, path: readonly string[], value: unknown, at: string): string {
  const found = path.reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>>)[key], value)
  const place = path.reduce((text, key) => (/^\d+$/.test(key) ? `${text}[${key}]` : `${text}.${key}`), at)
  return `${place}: ${problemText(problem, found)}`
}
