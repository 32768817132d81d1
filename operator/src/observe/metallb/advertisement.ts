import type { BgpDefinition, L2Definition, Preference, Scope } from '../../model/definitions'
import { distinct, type Json, list, record, texts } from '../../model/json'
import { note } from '../../model/reasons'
import { bounded, type Faults, selector, selectors } from '../fields/fields'
import { canonicalCommunity } from './community'

export function parseL2Advertisement(spec: Json, faults: Faults): L2Definition {
  return {
    kind: 'L2Advertisement',
    ...parseScope(spec, faults),
    interfaces: distinct(texts(spec['interfaces'])),
    preferences: list(spec['preferredNodeSelectors']).flatMap((value, i) => parsePreference(value, i, faults)),
  }
}

export function parseBgpAdvertisement(spec: Json, faults: Faults): BgpDefinition {
  const aggregation = {
    ipv4: bounded(spec, 'aggregationLength', { from: 1, to: 32, otherwise: 32 }, faults),
    ipv6: bounded(spec, 'aggregationLengthV6', { from: 1, to: 128, otherwise: 128 }, faults),
  }
  const scope = parseScope(spec, faults)
  if (scope.serviceSelectors.length > 0 && (aggregation.ipv4 < 32 || aggregation.ipv6 < 128)) {
    faults.push(note('Malformed', 'serviceSelectors need routes of single addresses; remove them, or the aggregation lengths.'))
  }
  return {
    kind: 'BGPAdvertisement',
    ...scope,
    aggregation,
    asPathPrepend: bounded(spec, 'asPathPrepend', { from: 0, to: 10, otherwise: 0 }, faults),
    localPref: bounded(spec, 'localPref', { from: 0, to: 0xffff_ffff, otherwise: 0 }, faults),
    communities: distinct(texts(spec['communities']).flatMap((item) => parseItem(item, faults))),
    peers: distinct(texts(spec['peers'])),
  }
}

/** A community in canonical text, or an alias that a Community object may define. */
function parseItem(item: string, faults: Faults): readonly string[] {
  const found = item.includes(':') ? canonicalCommunity(item) : item
  if (found !== undefined) return [found]
  faults.push(note('Malformed', `The community ${JSON.stringify(item)} is neither 64512:100, nor large:64512:1:2, nor a name.`))
  return []
}

const parseScope = (spec: Json, faults: Faults): Scope => ({
  pools: distinct(texts(spec['ipAddressPools'])),
  poolSelectors: selectors(spec, 'ipAddressPoolSelectors', faults),
  nodeSelectors: selectors(spec, 'nodeSelectors', faults),
  serviceSelectors: selectors(spec, 'serviceSelectors', faults),
})

function parsePreference(value: unknown, i: number, faults: Faults): readonly Preference[] {
  const weight = bounded(record(value), 'weight', { from: 1, to: 100, otherwise: 1 }, faults)
  return selector(record(value)['preference'], `spec.preferredNodeSelectors[${i}].preference`, faults).map((preference) => ({
    weight,
    selector: preference,
  }))
}
