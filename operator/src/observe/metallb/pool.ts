import { parseRange, type Range, type RangeProblem, rangeFamily, rangePrefixes, toBigInt } from '@loadstone/ip'
import { blocksOverlap, compareBlocks } from '../../config/address-blocks'
import type { Block, PoolDefinition, Reservation } from '../../model/definitions'
import { isRecord, type Json, list, record, text, texts, whole } from '../../model/json'
import { type Note, note } from '../../model/reasons'
import { type Faults, flag, selectors } from '../fields/fields'

/** Parses a pool. Problems are added to `faults`. */
export function parsePool(spec: Json, faults: Faults): PoolDefinition {
  const blocks = list(spec['addresses']).flatMap((entry) => parseEntry(entry, faults))
  if (list(spec['addresses']).length === 0) faults.push(note('Malformed', 'spec.addresses is empty; list at least one CIDR or range.'))
  faults.push(...overlapWithin(blocks))
  return {
    kind: 'IPAddressPool',
    blocks,
    autoAssign: flag(spec, 'autoAssign', true),
    avoidBuggyIPs: flag(spec, 'avoidBuggyIPs', false),
    reservation: parseReservation(spec['serviceAllocation'], faults),
  }
}

const problems: Readonly<Record<RangeProblem, (entry: string) => string>> = {
  malformed: (entry) => `"${entry}" is neither a CIDR such as 192.0.2.0/24 nor a range such as 192.0.2.10-192.0.2.20.`,
  'start-after-end': (entry) => `The range ${entry} ends before it starts; swap its ends.`,
  'mixed-families': (entry) => `The range ${entry} starts in one address family and ends in the other; write a range for each.`,
}

function parseEntry(value: unknown, faults: Faults): readonly Block[] {
  const entry = text(value)
  const range = entry === undefined ? 'malformed' : parseRange(entry)
  if (typeof range !== 'string') return [blockOf(range, entry ?? '')]
  faults.push(note('Malformed', problems[range](entry ?? JSON.stringify(value) ?? String(value))))
  return []
}

const blockOf = (range: Range, entry: string): Block => ({
  family: rangeFamily(range),
  first: toBigInt(range.first),
  last: toBigInt(range.last),
  widest: Math.min(...rangePrefixes(range).map(({ length }) => length)),
  text: entry,
  prefix: !entry.includes('-'),
})

function overlapWithin(blocks: readonly Block[]): readonly Note[] {
  // In a sorted list only neighbours can overlap first.
  const sorted = [...blocks].sort(compareBlocks)
  return sorted.flatMap((block, i) => {
    const before = sorted[i - 1]
    if (before === undefined || !blocksOverlap(before, block)) return []
    return [note('AddressesOverlap', `${block.text} overlaps with ${before.text} of the same pool; remove one of them.`)]
  })
}

function parseReservation(value: unknown, faults: Faults): Reservation | undefined {
  if (!isRecord(value)) return undefined
  const allocation = record(value)
  const priority = whole(allocation['priority']) ?? 0
  return {
    priority: priority === 0 ? Number.POSITIVE_INFINITY : priority,
    namespaces: texts(allocation['namespaces']),
    namespaceSelectors: selectors(allocation, 'namespaceSelectors', faults),
    serviceSelectors: selectors(allocation, 'serviceSelectors', faults),
  }
}
