import { familyOf, type Ip } from '@loadstone/ip'
import { toBigInt } from '@loadstone/ip/bytes'
import type { ConfigObject } from '../model/config-object'
import type { BgpDefinition, ConfigKind, Definition, L2Definition, PeerDefinition, PoolDefinition } from '../model/definitions'
import { matchesAny } from '../model/selector'
import type { Service, World } from '../model/world'
import { blockHolds } from './address-blocks'
import { announcesFrom, type Config, covers, type Pool, permits } from './config'

/** An object that exists and is not in force as it stands. `draft` is what could be understood of it. */
export type FaultyObject<D extends Definition = Definition> = { readonly object: ConfigObject; readonly draft: D; readonly fault: string }

type Verdicts = Pick<Config, 'verdicts' | 'misplaced'>

/** The objects of a kind that are not in force as they stand. */
function faulty<K extends ConfigKind>(
  { verdicts, misplaced }: Verdicts,
  kind: K,
): readonly FaultyObject<Extract<Definition, { kind: K }>>[] {
  return [...verdicts, ...misplaced].flatMap(({ object, accepted, notes }) => {
    const { draft } = object
    if (accepted || !isOf(draft, kind)) return []
    return [{ object, draft, fault: notes.map(({ message }) => message).join(' ') }]
  })
}

const isOf = <K extends ConfigKind>(draft: Definition, kind: K): draft is Extract<Definition, { kind: K }> => draft.kind === kind

/** Pools not in force that would serve a Service: the one that it names, those that may hold what it requests, or automatic ones. */
export function faultyPools(
  config: Verdicts,
): (service: Service, namespaces: World['namespaces']) => readonly FaultyObject<PoolDefinition>[] {
  const pools = faulty(config, 'IPAddressPool')
  return (service, namespaces) => {
    if (pools.length === 0) return pools
    const { requestedPool, request, meta } = service
    const asked = 'ips' in request ? request.ips : []
    return pools.filter(({ object, draft }) => {
      if (requestedPool !== undefined) return object.meta.name === requestedPool
      if (!permits(draft.reservation, meta, namespaces)) return false
      return asked.length === 0 ? draft.autoAssign : asked.some((ip) => mayHold(object, draft, ip))
    })
  }
}

/** A pool whose addresses cannot be read may hold any. */
const mayHold = ({ definition }: ConfigObject, { blocks }: PoolDefinition, ip: Ip): boolean =>
  definition === undefined || blocks.some((block) => block.family === familyOf(ip) && blockHolds(block, toBigInt(ip)))

type FaultyAdvertisement = FaultyObject<L2Definition | BgpDefinition>

/** Advertisements not in force that would cover a Service's addresses. */
export function faultyAdvertisements(config: Verdicts): (service: Service, pool: Pool) => readonly FaultyAdvertisement[] {
  const all: readonly FaultyAdvertisement[] = [...faulty(config, 'L2Advertisement'), ...faulty(config, 'BGPAdvertisement')]
  return (service, pool) => all.filter(({ draft }) => covers(draft, pool) && matchesAny(draft.serviceSelectors, service.meta.labels))
}

/** BGPPeers not in force that select one of the nodes. `names`: only these; undefined: all. */
export function faultyPeers(
  config: Verdicts,
): (labels: readonly ReadonlyMap<string, string>[], names: readonly string[] | undefined) => readonly FaultyObject<PeerDefinition>[] {
  const peers = faulty(config, 'BGPPeer')
  return (labels, names) =>
    peers.filter(({ object, draft }) => (names?.includes(object.meta.name) ?? true) && labels.some((of) => announcesFrom(draft, of)))
}

const shown = 3

/** Sentences that name the objects and their faults. */
export function faultText(objects: readonly Pick<FaultyObject, 'object' | 'fault'>[]): string {
  const more = objects.length > shown ? [`And ${objects.length - shown} more objects are not in force.`] : []
  return [
    ...objects
      .slice(0, shown)
      .map(({ object: { kind, meta }, fault }) => `The ${kind} ${meta.name} is not in force as it stands: ${fault}`),
    ...more,
  ].join(' ')
}
