/** A metric's definition. */
type Described = { readonly type: 'counter' | 'gauge'; readonly labels: readonly string[]; readonly help: string }

/** By name. */
export type Catalogue = Readonly<Record<string, Described>>

/** A value, then the labels' values in the catalogue's order. An undefined value omits its label. */
export type Sample = readonly [value: number, ...labels: (string | undefined)[]]

/** Samples of every metric of a catalogue, so that the compiler finds a missing one. */
export type Samples<C extends Catalogue> = { readonly [name in keyof C]: readonly Sample[] }

/** `counter(['peer'], 'UPDATE messages sent')`: one entry of a catalogue. */
export const counter = <const L extends readonly string[]>(labels: L, help: string) => ({ type: 'counter' as const, labels, help })
export const gauge = <const L extends readonly string[]>(labels: L, help: string) => ({ type: 'gauge' as const, labels, help })

export const textFormatType = 'text/plain; version=0.0.4; charset=utf-8'

/** Prometheus' text format 0.0.4. A metric without a sample is omitted. */
export function textFormat<C extends Catalogue>(catalogue: C, samples: Samples<C>): string {
  const families = Object.entries(catalogue).flatMap(([name, { type, labels, help }]) => {
    const lines = samples[name]?.map(([value, ...values]) => `${name}${labelled(labels, values)} ${number(value)}\n`) ?? []
    return lines.length === 0 ? [] : [`# HELP ${name} ${escapedHelp(help)}\n# TYPE ${name} ${type}\n`, ...lines]
  })
  return families.join('')
}

function labelled(labels: readonly string[], values: readonly (string | undefined)[]): string {
  const pairs = labels.flatMap((label, i) => (values[i] === undefined ? [] : [`${label}="${escaped(values[i])}"`]))
  return pairs.length === 0 ? '' : `{${pairs.join()}}`
}

const escapedHelp = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
const escaped = (text: string): string => escapedHelp(text).replaceAll('"', '\\"')

/** Infinity as Go writes it. Go reads JavaScript's NaN and exponents. */
const number = (value: number): string => String(value).replace(/^(-?)Infinity$/, (_, sign: string) => `${sign === '' ? '+' : '-'}Inf`)
