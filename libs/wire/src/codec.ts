import { WireError } from './errors'
import { Reader } from './reader'
import { Writer } from './writer'

/**
 * Decodes and encodes one value. `field` is its name in errors. Both methods throw WireError.
 */
export type Codec<T> = {
  decode(from: Reader, field: string): T
  encode(to: Writer, value: T, field: string): void
}
export type ValueOf<C> = C extends Codec<infer T> ? T : never

const uint = (size: 1 | 2 | 3 | 4): Codec<number> => ({
  decode: (from, field) => from.uint(size, field),
  encode: (to, value, field) => to.uint(size, value, field),
})
export const u8 = uint(1)
export const u16 = uint(2)
export const u24 = uint(3)
export const u32 = uint(4)

/** Exactly `count` octets. Decoding copies them. */
export const bytes = (count: number): Codec<Uint8Array> => ({
  decode: (from, field) => from.take(count, field).slice(),
  encode: (to, value, field) => {
    if (value.length !== count) throw new WireError('out-of-range', to.at, field)
    to.put(value)
  },
})

/** All octets up to the end of the window. Decoding copies them. */
export const rest: Codec<Uint8Array> = {
  decode: (from, field) => from.take(from.left, field).slice(),
  encode: (to, value) => to.put(value),
}

/** A field whose only legal value is known: versions, lengths, hardware types. */
export const only = <const N extends number>(codec: Codec<number>, want: N): Codec<N> => ({
  decode: (from, field) => {
    const at = from.at
    if (codec.decode(from, field) !== want) throw new WireError('out-of-range', at, field)
    return want
  },
  encode: (to, value, field) => codec.encode(to, value, field),
})

/** A length, then a body of exactly that many octets. A body that leaves octets over is 'trailing'. */
export const prefixed = <T>(length: Codec<number>, body: Codec<T>): Codec<T> => ({
  decode: (from, field) => {
    const window = from.window(length.decode(from, `${field}.length`), field)
    const value = body.decode(window, field)
    window.end(field)
    return value
  },
  encode: (to, value, field) => {
    const start = to.at
    length.encode(to, 0, field)
    const begin = to.at
    body.encode(to, value, field)
    const count = to.at - begin
    to.over(start, () => length.encode(to, count, `${field}.length`))
  },
})

/** Items up to the end of the window. */
export const many = <T>(item: Codec<T>): Codec<readonly T[]> => ({
  decode: (from, field) => {
    const items: T[] = []
    while (from.left > 0) items.push(item.decode(from, `${field}[${items.length}]`))
    return items
  },
  encode: (to, items, field) => {
    for (const [i, value] of items.entries()) item.encode(to, value, `${field}[${i}]`)
  },
})

/** Adds a rule that fields alone cannot express. `problem` returns what is wrong, for the error's text. Decoding only. */
export const refine = <T>(codec: Codec<T>, problem: (value: T) => string | undefined): Codec<T> => ({
  decode: (from, field) => {
    const at = from.at
    const value = codec.decode(from, field)
    const wrong = problem(value)
    if (wrong !== undefined) throw new WireError('out-of-range', at, `${field}: ${wrong}`)
    return value
  },
  encode: (to, value, field) => codec.encode(to, value, field),
})

/** The same octets as another type: addresses, names for numbers. `decoded` returns undefined for octets without such a value. */
export const convert = <T, U>(codec: Codec<T>, decoded: (value: T) => U | undefined, encoded: (value: U) => T): Codec<U> => ({
  decode: (from, field) => {
    const at = from.at
    const value = decoded(codec.decode(from, field))
    if (value === undefined) throw new WireError('out-of-range', at, field)
    return value
  },
  encode: (to, value, field) => codec.encode(to, encoded(value), field),
})

type Fields = Readonly<Record<string, Codec<unknown>>>
type StructOf<F extends Fields> = { readonly [K in keyof F]: ValueOf<F[K]> }

/** Fields in wire order: the order of keys is the layout, so that the declaration reads like the RFC's figure. */
export function struct<F extends Fields>(fields: F): Codec<StructOf<F>> {
  const entries = Object.entries(fields)
  return {
    decode: (from, field) => Object.fromEntries(entries.map(([key, codec]) => [key, codec.decode(from, `${field}.${key}`)])) as StructOf<F>,
    encode: (to, value, field) => {
      for (const [key, codec] of entries) codec.encode(to, (value as Record<string, unknown>)[key], `${field}.${key}`)
    },
  }
}

/** Sub-byte fields, most significant first, as the figures draw them. Together they fill whole octets, four at most. */
export function bits<F extends Readonly<Record<string, number>>>(widths: F): Codec<{ readonly [K in keyof F]: number }> {
  type Value = { readonly [K in keyof F]: number }
  const entries = Object.entries(widths)
  const size = (entries.reduce((sum, [, width]) => sum + width, 0) / 8) as 1 | 2 | 3 | 4
  return {
    decode: (from, field) => {
      const word = from.uint(size, field)
      const value: Record<string, number> = {}
      let left = 8 * size
      for (const [key, width] of entries) {
        left -= width
        value[key] = Math.floor(word / 2 ** left) % 2 ** width
      }
      return value as Value
    },
    encode: (to, value, field) => {
      let word = 0
      for (const [key, width] of entries) {
        const part = value[key as keyof F]
        if (part < 0 || part >= 2 ** width) throw new WireError('out-of-range', to.at, `${field}.${key}`)
        word = word * 2 ** width + part
      }
      to.uint(size, word, field)
    },
  }
}

/** Decodes a whole buffer. Throws WireError: 'truncated', 'trailing' or 'out-of-range'. `name` is the root of field names in errors. */
export function decodeExactly<T>(codec: Codec<T>, buffer: Uint8Array, name: string): T {
  const from = new Reader(buffer)
  const value = codec.decode(from, name)
  from.end(name)
  return value
}

/** Encodes into a new array. Throws WireError 'out-of-range' for a value that does not fit its field. */
export function encodeToBytes<T>(codec: Pick<Codec<T>, 'encode'>, value: T, name: string): Uint8Array {
  const to = new Writer()
  codec.encode(to, value, name)
  return to.done()
}
