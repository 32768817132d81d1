import { parseIp, parsePrefix, prefixText } from '@loadstone/ip'

/** A finding of a generated validator: path such as `/sessions/3/port`, the broken rule, and parameters of the rule. */
export type Problem = { readonly instancePath: string; readonly keyword: string; readonly params: Readonly<Record<string, unknown>> }

type Words = (value: unknown, params: Problem['params']) => string

const shown = (value: unknown): string => (value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value)).slice(0, 80))

const kinds: Readonly<Record<string, string>> = { string: 'a text', boolean: 'true or false', array: 'a list', object: 'an object' }

/** Names the canonical text of an address that is valid but not canonical. */
const address: Words = (value) => canonical(value, parseIp(String(value)), 'no IP address')

const grammars: Readonly<Record<string, Words>> = {
  ip: address,
  ipv4: (value) => (String(value).includes(':') ? `${shown(value)} is no IPv4 address` : address(value, {})),
  prefix: (value) => {
    const parsed = parsePrefix(String(value))
    return canonical(value, parsed && prefixText(parsed), 'no address/length')
  },
  community: (value) => `"${String(value)}" is neither a:b nor large:a:b:c`,
  pattern: (value) => `"${String(value)}" is no regular expression`,
  mac: (value) => `"${String(value)}" is no MAC address such as 02:00:00:00:00:01`,
}

const canonical = (value: unknown, text: string | undefined, none: string): string =>
  `${shown(value)} ${text === undefined ? `is ${none}` : `is not canonical: write ${text}`}`

const words: Readonly<Record<string, Words>> = {
  required: () => 'nothing where a value belongs',
  type: (value, { type }) => `${shown(value)} where ${kinds[String(type)]} belongs`,
  filled: (value) => `${shown(value)} where a text belongs`,
  whole: (value, { least, most }) => `${shown(value)} is no whole number from ${String(least)} to ${String(most)}`,
  enum: (value, { allowedValues }) => `${shown(value)} is none of ${(allowedValues as readonly string[]).join(', ')}`,
  minItems: () => 'the list is empty, which would mean nowhere',
  holdTime: (value, { least }) => `a hold time is 0 (off) or at least ${String(least)}, not ${String(value)} (RFC 4271 §4.2)`,
  exactlyOne: (value, { one, other }) => {
    const session = value as Readonly<Record<string, unknown>>
    const [has, and] = session[String(one)] === undefined ? ['neither', 'nor'] : ['both', 'and']
    return `session ${String(session['peer'])} has ${has} ${String(one)} ${and} ${String(other)}: exactly one belongs there`
  },
  format: (value, { format }) => grammars[String(format)]?.(value, {}) ?? shown(value),
}

/** The value found and what belongs there, as the end of a sentence that begins with the path. */
export const problemText = ({ keyword, params }: Problem, value: unknown): string => words[keyword]?.(value, params) ?? keyword
