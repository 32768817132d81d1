import { compareText } from '@loadstone/ip'

/** Reading JSON whose shape nobody promises: every function here has an answer for every value, and none throws. */
export type Json = Readonly<Record<string, unknown>>

export const isRecord = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

const nothing: Json = Object.freeze({})
const none: readonly unknown[] = Object.freeze([])

/** The object, or an empty one. */
export const record = (value: unknown): Json => (isRecord(value) ? value : nothing)

/** The array, or an empty one. */
export const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : none)

export const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** A string with something in it: the API's Go types cannot tell an empty string from an absent one. */
export const filled = (value: unknown): string | undefined => (value === '' ? undefined : text(value))

export const whole = (value: unknown): number | undefined => (Number.isSafeInteger(value) ? (value as number) : undefined)

/** The strings of an array; what is no string is left out. */
export const texts = (value: unknown): readonly string[] => list(value).filter((item): item is string => typeof item === 'string')

/** String values by key. A Map, because a label may be called `constructor`. */
export function textMap(value: unknown): ReadonlyMap<string, string> {
  const entries = Object.entries(record(value)).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
  return new Map(entries)
}

/** By code unit, so that every machine sorts alike. */
export const compare = compareText

/** Sorted, each once. */
export const distinct = (values: Iterable<string>): readonly string[] => [...new Set(values)].sort(compare)
