import { isCommunity, isLargeCommunity } from '@loadstone/ip'
import type { CommunityDefinition } from '../../model/definitions'
import { filled, type Json, list, record } from '../../model/json'
import { note } from '../../model/reasons'
import type { Faults } from '../fields/fields'

export function parseCommunity(spec: Json, faults: Faults): CommunityDefinition {
  const aliases = new Map<string, string>()
  for (const [i, value] of list(spec['communities']).entries()) {
    const alias = filled(record(value)['name'])
    const community = filled(record(value)['value'])
    const canonical = community === undefined ? undefined : canonicalCommunity(community)
    if (alias === undefined) faults.push(note('Malformed', `spec.communities[${i}] has no name.`))
    else if (canonical === undefined) {
      faults.push(
        note('Malformed', `The community ${alias} has the value ${JSON.stringify(community)}; write 64512:100 or large:64512:1:2.`),
      )
    } else aliases.set(alias, canonical)
  }
  return { kind: 'Community', aliases }
}

/** A community in canonical text, `a:b` (RFC 1997) or `large:a:b:c` (RFC 8092); leading zeros go. Undefined: `text` is neither. */
export function canonicalCommunity(text: string): string | undefined {
  const large = text.startsWith('large:')
  const parts = (large ? text.slice('large:'.length) : text).split(':')
  const canonical = parts.map((part) => (/^\d{1,10}$/.test(part) ? String(Number(part)) : part)).join(':')
  if (large) return isLargeCommunity(canonical) ? `large:${canonical}` : undefined
  return isCommunity(canonical) ? canonical : undefined
}
