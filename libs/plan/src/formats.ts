import { parseIp, parsePrefix, prefixText } from '@loadstone/ip'
import { isCommunity, isLargeCommunity } from '@loadstone/ip/community'

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

/** Grammars of texts in the plan. Addresses and prefixes must be canonical, so that equal ones are equal strings. */
export const formats = {
  ip,
  ipv4: (text) => ip(text) && !text.includes(':'),
  prefix: isPrefix,
  community: (text) => isCommunity(text) || (text.startsWith('large:') && isLargeCommunity(text.slice('large:'.length))),
  pattern: compiles,
  mac: (text) => /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(text),
} as const satisfies Readonly<Record<string, TextCheck>>
