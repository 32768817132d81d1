import type { Ip } from '@loadstone/ip'
import type { CandidateMap } from '../../elect/candidate'
import { candidates, isServed, isSettled, type Rules } from '../../elect/elect'
import type { Partnerships } from '../../elect/partnerships'
import { takenOverBy, type WeighedClaims } from './claims'
import type { AddressDemand } from './demands'
import { candidateOf } from './eligible-nodes'
import type { L2Input } from './placement'
import { type PublishedEntry, sameList } from './published-entries'

/**
 * A pass places so many new addresses, and changes the standbys of so many others although all is well; the next pass follows at once.
 * Fewer would take longer in all, because every pass looks at every Service.
 */
const mostNew = 5_000
/** With placement metallb, so many hashes of a node and an address: some 0.3 µs each. */
const mostHashes = 1_500_000

function roomOf({ input, rules: { placement } }: Round): number {
  return placement === 'metallb' ? Math.max(1, Math.min(mostNew, Math.floor(mostHashes / Math.max(1, input.views.size)))) : mostNew
}

export type Place = { readonly ip: Ip; readonly demand: AddressDemand; readonly published: PublishedEntry | undefined }

/** An address with its candidates, at least one. */
export type Elected = Place & { readonly eligible: CandidateMap; readonly list: readonly string[] }

export type Round = {
  readonly input: L2Input
  readonly rules: Rules
  readonly claims: WeighedClaims
  readonly partners: Partnerships
  /** How many addresses each node owns; counted on as addresses are placed. */
  readonly load: Map<string, number>
}

export type Elections = {
  readonly elected: Map<Ip, Elected>
  /** No node can answer for them. */
  readonly unplaced: AddressDemand[]
  /** New ones that wait for speakers that are starting. */
  readonly early: AddressDemand[]
  /** New ones that wait for the next pass, because this one has placed enough. */
  readonly deferred: AddressDemand[]
  /** Published ones whose standbys come nearer to the owner's partners in the next pass. */
  readonly unconverged: number
}

/** Published addresses are placed first and count towards the load of their owner, so the order of Services does not matter. */
export function electAll(places: readonly Place[], round: Round): Elections {
  const elected = new Map<Ip, Elected>()
  const [unplaced, early, deferred] = [[] as AddressDemand[], [] as AddressDemand[], [] as AddressDemand[]]
  let [room, unconverged] = [roomOf(round), 0]
  const old = places.filter(({ published }) => published !== undefined)
  for (const place of old) count(round, ownerBefore(place, round), 1)
  for (const place of old) {
    const { one, isChosen } = electPublished(place, round, room > 0)
    if (isChosen === 'later') unconverged++
    if (isChosen === 'now') room--
    take(place, one)
  }
  room = roomOf(round)
  for (const place of places) {
    if (place.published !== undefined) continue
    if (isEarly(place.demand)) early.push(place.demand)
    else if (room === 0) deferred.push(place.demand)
    else {
      room--
      take(place, elect(place, round))
    }
  }
  return { elected, unplaced, early, deferred, unconverged }

  function take(place: Place, one: Elected): void {
    recount(round, ownerBefore(place, round), one.list[0])
    if (one.list.length === 0) unplaced.push(place.demand)
    else elected.set(place.ip, one)
  }
}

/** A published address with its list, and whether its standbys change although all is well: now, or later. */
function electPublished(
  place: Place,
  round: Round,
  hasRoom: boolean,
): { readonly one: Elected; readonly isChosen: 'now' | 'later' | undefined } {
  const election = electionOf(place, round)
  const isGood = isServed(election)
  const isLeft = isGood && isSettled(election, round.rules, round.partners)
  if (isLeft || (isGood && !hasRoom)) {
    const { ip, demand, published } = place
    const one = { ip, demand, published, eligible: election.eligible, list: election.previous }
    return { one, isChosen: isLeft ? undefined : 'later' }
  }
  const one = elect(place, round)
  return { one, isChosen: isGood && !sameList(one.list, election.previous) ? 'now' : undefined }
}

/** The candidates of an address. If no node is eligible, the previous ones stay that are only unavailable, not excluded. */
export function elect(place: Place, round: Round, moveTo?: string): Elected {
  const election = electionOf(place, round, moveTo)
  const list = candidates(election, round.rules, round)
  const [nodeSet] = place.demand.nodeSets
  const left = (): readonly string[] => election.previous.filter((node) => nodeSet?.unavailable.has(node))
  return { ...place, eligible: election.eligible, list: list.length > 0 ? list : left() }
}

function electionOf({ ip, demand, published }: Place, { input, claims }: Round, moveTo?: string): Parameters<typeof candidates>[0] {
  const previous = published?.candidates ?? []
  const owner = takenOverBy(claims.believed.get(ip), published)
  return { address: demand.electedBy, eligible: eligibleFor(demand, previous, input), previous, owner, moveTo }
}

/** Nodes eligible for every Service that shares the address; if there is none, those of the first Service. */
function eligibleFor({ nodeSets }: AddressDemand, previous: readonly string[], { config, views }: L2Input): CandidateMap {
  const [nodeSet, ...others] = nodeSets
  if (nodeSet === undefined) return new Map()
  const different = others.filter((other) => other !== nodeSet)
  const common = (): CandidateMap =>
    mapOf([...nodeSet.eligible.values()].filter(({ node }) => different.every(({ eligible }) => eligible.has(node))))
  const shared = different.length === 0 ? nodeSet.eligible : common()
  const eligible = shared.size > 0 || different.length === 0 ? shared : nodeSet.eligible
  if (!config.unknown.l2) return eligible
  // Previous candidates stay eligible: an advertisement that cannot be read may still select them.
  const kept = previous
    .flatMap((name) => (eligible.has(name) ? [] : (views.get(name) ?? [])))
    .filter(({ excluded, unavailable }) => (excluded ?? unavailable) === undefined)
  return kept.length === 0 ? eligible : mapOf([...eligible.values(), ...kept.map((view) => candidateOf(view, 0))])
}

const mapOf = (candidatesOf: readonly ReturnType<typeof candidateOf>[]): CandidateMap =>
  new Map(candidatesOf.map((candidate) => [candidate.node, candidate]))

/** More speakers are starting than are up. Addresses placed now would stay on the few nodes that came up first. */
const isEarly = ({ nodeSets: [nodeSet] }: AddressDemand): boolean =>
  nodeSet !== undefined && nodeSet.starting.size > 0 && nodeSet.starting.size > nodeSet.eligible.size

const ownerBefore = ({ ip, published }: Place, { claims }: Round): string | undefined =>
  takenOverBy(claims.believed.get(ip), published) ?? published?.candidates[0]

export function recount(round: Round, before: string | undefined, after: string | undefined): void {
  if (before === after) return
  count(round, before, -1)
  count(round, after, 1)
}

function count({ load }: Round, node: string | undefined, change: number): void {
  if (node !== undefined) load.set(node, (load.get(node) ?? 0) + change)
}
