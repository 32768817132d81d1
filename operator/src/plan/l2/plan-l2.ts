import type { Ip } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'
import type { AllocatedService } from '../../allocate/outcome'
import { type Note, note } from '../../model/reasons'
import type { Service } from '../../model/world'
import { ignoredText, type WeighedClaims } from './claims'
import { collect } from './demands'
import { type EligibleNodes, obstacleText } from './eligible-nodes'
import type { MoveMemory } from './movement'
import { placeAddresses } from './place-addresses'
import type { L2Input, L2Placement } from './placement'

export type L2Plan = {
  readonly placements: readonly L2Placement[]
  /** Why a Service is not announced. Absent: it is, or no L2Advertisement concerns it. */
  readonly refusals: ReadonlyMap<ServiceKey, Note>
  /** By address, a sentence about nodes that claim it without right. */
  readonly warnings: ReadonlyMap<Ip, string>
  /** By address, the claims that `warnings` name. */
  readonly ignored: WeighedClaims['ignored']
  /** Services by L2Advertisement. */
  readonly uses: ReadonlyMap<string, number>
  /** New addresses that the next pass places, because this one has placed enough. */
  readonly deferred: number
  /** For the next pass. */
  readonly moves: MoveMemory
  /** Seconds until a pass is due although nothing else changes, 0 for at once; undefined if none is. */
  readonly nextSeconds: number | undefined
}

/** Decides which nodes answer for each address on the local network, the owner first. */
export function planL2(allocated: readonly AllocatedService[], input: L2Input): L2Plan {
  const { demands, refusals, uses } = collect(allocated, input)
  const { placements, unplaced, early, deferred, ignored, moves, nextSeconds } = placeAddresses(demands, input)
  for (const { services, nodeSets } of unplaced)
    for (const service of services) refusals.set(service.key, whyNotPlaced(service, nodeSets[0]))
  for (const { services, nodeSets } of early) for (const { key } of services) refusals.set(key, soon(nodeSets[0]))
  for (const { services } of deferred) for (const { key } of services) refusals.set(key, note('PlacementPending'))
  const warnings = new Map([...ignored].map(([address, claims]) => [address as Ip, ignoredText(address, claims)]))
  return { placements, refusals, warnings, ignored, uses, deferred: deferred.length, moves, nextSeconds }
}

const soon = (nodeSet: EligibleNodes | undefined): Note =>
  note('SpeakersStarting', `It is announced in a moment: ${nodeSet?.starting.size ?? 0} speakers are starting.`)

function whyNotPlaced(service: Service, nodeSet: EligibleNodes | undefined): Note {
  if (nodeSet === undefined) return note('NoAdvertisement')
  if (service.local && nodeSet.everywhere > 0)
    return note('NoLocalEndpoints', 'externalTrafficPolicy is Local, and no node that may announce has a pod of the Service.')
  return note('NoEligibleNode', `No node can announce it now. ${obstacleText(nodeSet)}`)
}
