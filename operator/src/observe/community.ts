import type { CommunityDefinition } from '../model/definitions'
import { filled, type Json, list, record } from '../model/json'
import { note } from '../model/reasons'
import type { Faults } from './fields'

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

/** `a:b` with 16 bits each (RFC 1997) or `large:a:b:c` with 32 (RFC 8092), without leading zeros. Undefined: it is neither. */
export function canonicalCommunity(text: string): string | undefined {
  const large = text.startsWith('large:')
  const parts = (large ? text.slice(6) : text).split(':')
  const limit = large ? 0xffff_ffff : 0xffff
  const fits = parts.length === (large ? 3 : 2) && parts.every((part) => /^\d{1,10}$/.test(part) && Number(part) <= limit)
  return fits ? `${large ? 'large:' : ''}${parts.map(Number).join(':')}` : undefined
}
