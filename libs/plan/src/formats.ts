import { isCommunity, isLargeCommunity, parseIp, parsePrefix, prefixText } from '@loadstone/ip'

type TextCheck = (text: string) => boolean

const compiles: TextCheck = (text) => {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}
const ip: TextCheck = (text) => parseIp(text) === text

const isPrefix: TextCheck = (text) => {
  const parsed = parsePrefix(text)
  return parsed !== undefined && prefixText(parsed) === text
}

/** The grammars of texts in the plan. Of an address and a prefix only the canonical text is good: equal ones are equal strings. */
export const formats = {
  ip,
  ipv4: (text) => ip(text) && !text.includes(':'),
  prefix: isPrefix,
  community: (text) => isCommunity(text) || (text.startsWith('large:') && isLargeCommunity(text.slice('large:'.length))),
  pattern: compiles,
} as const satisfies Readonly<Record<string, TextCheck>>
