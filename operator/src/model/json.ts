/** A JSON object of unknown shape. The functions of this file accept any value and never throw. */
export type Json = Readonly<Record<string, unknown>>

export const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

const nothing: Json = Object.freeze({})
const none: readonly unknown[] = Object.freeze([])

/** The value if it is an object, else an empty object. */
export const record = (value: unknown): Json => (isRecord(value) ? value : nothing)

/** The value if it is an array, else an empty array. */
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : none)

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The value if it is a non-empty string, else undefined: Go types of the API do not distinguish empty from absent. */
export const filled = (value: unknown): string | undefined => (value === '' ? undefined : text(value))

export const whole = (value: unknown): number | undefined => (Number.isSafeInteger(value) ? (value as number) : undefined)

/** The strings of an array, without its other elements. */
export const texts = (value: unknown): readonly string[] => list(value).filter((item): item is string => typeof item === 'string')

/** String values by key. A Map, because a label may be called `constructor`. */
export function textMap(value: unknown): ReadonlyMap<string, string> {
  const entries = Object.entries(record(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return new Map(entries)
}

/** Compares by code unit, so that the order does not depend on the locale. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

/** The distinct values, sorted. */
export const distinct = (values: Iterable<string>): readonly string[] => [...new Set(values)].sort(compare)
