import type { ConfigObject } from '../../model/config-object'
import type { ConfigKind, Definition } from '../../model/definitions'
import type { Json } from '../../model/json'
import { type Note, note } from '../../model/reasons'
import { type Faults, specOf } from '../fields/fields'
import { conditionsOf, countersOf, metaOf } from '../fields/meta'
import { parseBgpAdvertisement, parseL2Advertisement } from './advertisement'
import { parseProfile, profileRemarks } from './bfd-profile'
import { parseCommunity } from './community'
import { parsePeer, peerRemarks } from './peer'
import { parsePool } from './pool'

type Parser = (spec: Json, faults: Faults, namespace: string) => Definition

const parsers: Readonly<Record<ConfigKind, Parser>> = {
  IPAddressPool: parsePool,
  L2Advertisement: parseL2Advertisement,
  BGPAdvertisement: parseBgpAdvertisement,
  BGPPeer: parsePeer,
  Community: parseCommunity,
  BFDProfile: parseProfile,
}

const remarks: Partial<Readonly<Record<ConfigKind, (spec: Json) => readonly Note[]>>> = {
  BGPPeer: peerRemarks,
  BFDProfile: profileRemarks,
}

/** Parses an object of metallb.io. Problems are collected in `faults` and affect no other object. */
export function parseConfigObject(kind: ConfigKind, object: unknown, configNamespace: string): ConfigObject | undefined {
  const meta = metaOf(object)
  if (meta === undefined) return undefined
  const spec = specOf(object)
  const faults: Faults = []
  if (meta.namespace !== configNamespace) {
    const message = `Only objects in the namespace ${configNamespace} count; create this ${kind} there, or install with configNamespace=${meta.namespace}.`
    faults.push(note('WrongNamespace', message))
  }
  const definition = parsers[kind](spec, faults, meta.namespace)
  return {
    kind,
    meta,
    definition: faults.length === 0 ? definition : undefined,
    draft: definition,
    faults,
    remarks: remarks[kind]?.(spec) ?? [],
    conditions: conditionsOf(object),
    counters: countersOf(object),
  }
}
