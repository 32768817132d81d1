// Readers of JSON that has no schema in crds/manifests: the frame of the saved plan, and handover state.
import { type Ip, parseIp } from '@loadstone/ip'

/** Reads a JSON value as T. Throws Misshapen, which says where it is wrong and what belongs there. Unknown fields are ignored. */
export type Shape<T> = (value: unknown, at: string) => T

/** A value of another shape than expected: `file.plan: 7 where an object belongs`. */
export class Misshapen extends Error {
  override readonly name = 'Misshapen'

  constructor(at: string, problem: string) {
    super(`${at}: ${problem}`)
  }
}

const shown = (value: unknown): string => (value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value)).slice(0, 80))

export const text: Shape<string> = (value, at) => {
  if (typeof value !== 'string' || value === '') throw new Misshapen(at, `${shown(value)} where a text belongs`)
  return value
}

export const boolean: Shape<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw new Misshapen(at, `${shown(value)} where true or false belongs`)
  return value
}

export const integer =
  (least: number, most: number): Shape<number> =>
  (value, at) => {
    if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
      throw new Misshapen(at, `${shown(value)} is no whole number from ${least} to ${most}`)
    }
    return value as number
  }

export const ip: Shape<Ip> = (value, at) => {
  const parsed = parseIp(text(value, at))
  if (parsed === undefined) throw new Misshapen(at, `${shown(value)} is no IP address`)
  return parsed
}

export const oneOf =
  <const T extends string>(...words: readonly T[]): Shape<T> =>
  (value, at) => {
    const found = words.find((word) => word === value)
    if (found === undefined) throw new Misshapen(at, `${shown(value)} is none of ${words.join(', ')}`)
    return found
  }

const values: Shape<readonly unknown[]> = (value, at) => {
  if (!Array.isArray(value)) throw new Misshapen(at, `${shown(value)} where a list belongs`)
  return value as readonly unknown[]
}

export const list =
  <T>(item: Shape<T>): Shape<readonly T[]> =>
  (value, at) =>
    values(value, at).map((element, i) => item(element, `${at}[${i}]`))

export const fields: Shape<Readonly<Record<string, unknown>>> = (value, at) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Misshapen(at, `${shown(value)} where an object belongs`)
  return value as Readonly<Record<string, unknown>>
}

type Shapes = Readonly<Record<string, Shape<unknown>>>
type Read<S extends Shapes> = { readonly [K in keyof S]: ReturnType<S[K]> }

/** Reads an object: its required fields, and those optional fields that are present. */
export const record =
  <R extends Shapes, O extends Shapes>(required: R, optional: O): Shape<Read<R> & Partial<Read<O>>> =>
  (value, at) => {
    const from = fields(value, at)
    const read: Record<string, unknown> = {}
    for (const [name, shape] of Object.entries(required)) read[name] = shape(from[name], `${at}.${name}`)
    for (const [name, shape] of Object.entries(optional)) {
      if (from[name] !== undefined && from[name] !== null) read[name] = shape(from[name], `${at}.${name}`)
    }
    return read as Read<R> & Partial<Read<O>>
  }
