import { compare } from '../model/json'
import { byStanding, type Candidate, type CandidateMap } from './candidate'
import { rendezvousWeight } from './rendezvous-hash'

/** Owners with the nodes that stand by for their addresses by what is published, and how much each is used. */
export type StandingPartners = ReadonlyMap<string, ReadonlyMap<string, number>>

type PartnerRules = {
  /** Nodes per L2 address, the owner included. */
  readonly count: number
  readonly standing: StandingPartners
  /** Hash of each node that may announce at all. */
  readonly hashes: ReadonlyMap<string, number>
}

type StandbyRequest = {
  readonly owner: Candidate
  /** Those that stand by now, in order. */
  readonly previous: readonly string[]
  readonly eligible: CandidateMap
  readonly wanted: number
}

/** Of the nodes that may be chosen, the one that belongs next into the list. */
type NextStandby = (list: readonly Candidate[], choice: readonly Candidate[]) => Candidate | undefined

/** Who stands by for whom: a few nodes for each owner, whatever the cluster's size. Knows what was chosen in this pass, too. */
export type Partnerships = {
  isPartner(owner: string, node: string): boolean
  /** Whether a partner may take the place of a node in the list that is none. */
  isReplaceable(owner: string, list: readonly string[], eligible: CandidateMap): boolean
  /** The nodes that stand by for an address. Those that do now keep their places if they are partners, or if no partner can do it. */
  standbys(request: StandbyRequest, next: NextStandby): Candidate[]
}

/** Partners of an owner that are enough for addresses which every node may announce. */
const usualPartners = 4
/** Ranks the owner's zone after all others, however many partners they have. */
const ownZone = 1_000
/** An owner has so many more for addresses that its partners must not announce, half of them for first standbys only. */
const mostSurplus = 8
/** A node is partner of so many more owners than it has partners, so that there is always one with room. */
const inboundMargin = 2

type Own = { readonly node: string; readonly hash: number; readonly partners: Set<string>; readonly surplus: Set<string> }

type State = {
  /** Most partners of an owner, and most owners of a node. */
  readonly most: number
  readonly mostInbound: number
  readonly hashes: ReadonlyMap<string, number>
  readonly owners: Map<string, Own>
  /** Of how many owners each node is a partner. */
  readonly inbound: Map<string, number>
}

/**
 * The partners of each owner. They follow from the published lists, so that what stands stays, and are completed by rendezvous hashing on the
 * owner. A node has at most four partners (or as many as an address has standbys), and is one of at most six owners.
 */
export function partnerships({ count, standing, hashes }: PartnerRules): Partnerships {
  const most = Math.max(usualPartners, count - 1)
  const mostInbound = most + inboundMargin
  const owners = standingOwners({ standing, hashes, most, mostInbound })
  const inbound = new Map<string, number>()
  for (const { partners } of owners.values()) for (const node of partners) inbound.set(node, (inbound.get(node) ?? 0) + 1)
  const state = { most, mostInbound, hashes, owners, inbound }
  return {
    isPartner: (owner, node) => owners.get(owner)?.partners.has(node) === true,
    isReplaceable: (owner, list, eligible) => isReplaceable(state, owner, { list, eligible }),
    standbys: (request, next) => standbysOf(state, request, next),
  }
}

function ownOf({ owners, hashes }: State, node: string): Own {
  const own = owners.get(node) ?? { node, hash: hashes.get(node) ?? 0, partners: new Set(), surplus: new Set() }
  owners.set(node, own)
  return own
}

function isReplaceable(
  state: State,
  owner: string,
  { list, eligible }: { readonly list: readonly string[]; readonly eligible: CandidateMap },
): boolean {
  const { partners } = ownOf(state, owner)
  if (partners.size < state.most) return true
  for (const node of partners) if (!list.includes(node) && eligible.has(node)) return true
  return false
}

/** Those that are no partners make room as far as partners can do it; what partners cannot do, a bounded surplus does. */
function standbysOf(state: State, { owner, previous, eligible, wanted }: StandbyRequest, next: NextStandby): Candidate[] {
  const own = ownOf(state, owner.node)
  const before = previous.flatMap((node) => (node === owner.node ? [] : (eligible.get(node) ?? []))).slice(0, Math.max(0, wanted))
  for (const { node } of before) join(state, own, node)
  const strays = before.filter(({ node }) => !own.partners.has(node))
  const list = before.filter((one) => !strays.includes(one))
  const sources: readonly (() => Candidate | undefined)[] = [
    () => next([owner, ...list], choiceOf(state, own, { list, eligible })),
    () => strays.shift(),
    () => surplusFor(state, own, { list, eligible }),
  ]
  for (const source of sources) {
    while (list.length < wanted) {
      const one = source()
      if (one === undefined) break
      if (!own.partners.has(one.node)) own.surplus.add(one.node)
      list.push(one)
    }
  }
  return [...before.filter((one) => list.includes(one)), ...list.filter((one) => !before.includes(one))]
}

type Listed = { readonly list: readonly Candidate[]; readonly eligible: CandidateMap }

function choiceOf(state: State, own: Own, { list, eligible }: Listed): readonly Candidate[] {
  complete(state, own, eligible)
  return [...own.partners].flatMap((node) => eligible.get(node) ?? []).filter((one) => !list.some(({ node }) => node === one.node))
}

/** Fills the places of partners from the nodes that may announce the address at hand, evenly from zones other than the owner's. */
function complete(state: State, own: Own, eligible: CandidateMap): void {
  if (own.partners.size >= state.most) return
  const zones = new Map<string | undefined, number>([[eligible.get(own.node)?.zone, ownZone]])
  const use = (zone: string | undefined): void => void zones.set(zone, (zones.get(zone) ?? 0) + 1)
  for (const node of own.partners) use(eligible.get(node)?.zone)
  while (own.partners.size < state.most) {
    const one = bestOf(eligible, (candidate) => isFree(own, candidate) && hasRoom(state, candidate.node), {
      weight: ({ hash }) => rendezvousWeight(hash, own.hash),
      rankOf: ({ zone }) => zones.get(zone) ?? 0,
    })
    if (one === undefined) return
    join(state, own, one.node)
    use(one.zone)
  }
}

const hasRoom = ({ inbound, mostInbound }: State, node: string): boolean => (inbound.get(node) ?? 0) < mostInbound

function join(state: State, own: Own, node: string): void {
  if (own.partners.has(node) || own.partners.size >= state.most || !hasRoom(state, node)) return
  own.partners.add(node)
  own.surplus.delete(node)
  state.inbound.set(node, (state.inbound.get(node) ?? 0) + 1)
}

/** A further node, where no partner may announce the address: rather one that is a partner already, in either direction. */
function surplusFor({ owners }: State, own: Own, { list, eligible }: Listed): Candidate | undefined {
  const isMutual = (node: string): boolean => own.surplus.has(node) || owners.get(node)?.partners.has(own.node) === true
  const isFull = own.surplus.size >= (list.length === 0 ? mostSurplus : mostSurplus / 2)
  return bestOf(
    eligible,
    (candidate) => candidate.node !== own.node && !list.includes(candidate) && !(isFull && !own.surplus.has(candidate.node)),
    { weight: ({ hash }) => rendezvousWeight(hash, own.hash), rankOf: ({ node }) => (isMutual(node) ? 0 : 1) },
  )
}

const isFree = ({ node, partners }: Own, candidate: Candidate): boolean => candidate.node !== node && !partners.has(candidate.node)

type Preference = {
  readonly weight: (candidate: Candidate) => number
  /** The lower one comes first. */
  readonly rankOf: (candidate: Candidate) => number
}

/** The best by readiness and score, then by rank, then by weight. Whether one qualifies is asked only of those that would win. */
function bestOf(
  eligible: CandidateMap,
  qualifies: (candidate: Candidate) => boolean,
  { weight, rankOf }: Preference,
): Candidate | undefined {
  let found: Candidate | undefined
  let [foundRank, foundWeight] = [0, 0]
  for (const candidate of eligible.values()) {
    const [rank, weighs] = [rankOf(candidate), weight(candidate)]
    const order =
      found === undefined
        ? -1
        : byStanding(candidate, found) || rank - foundRank || foundWeight - weighs || compare(candidate.node, found.node)
    if (order >= 0 || !qualifies(candidate)) continue
    found = candidate
    foundRank = rank
    foundWeight = weighs
  }
  return found
}

type StandingInput = Pick<PartnerRules, 'standing' | 'hashes'> & Pick<State, 'most' | 'mostInbound'>

/**
 * The partners by what is published. Of more than there may be, those stay that are used most; the others are surplus, which
 * is replaced wherever a partner may announce the address.
 */
function standingOwners({ standing, hashes, most, mostInbound }: StandingInput): Map<string, Own> {
  const granted = grants({ standing, hashes, most, mostInbound })
  return new Map(
    [...standing].flatMap(([owner, counts]): [string, Own][] => {
      const hash = hashes.get(owner)
      if (hash === undefined) return []
      const nodes = [...counts.keys()].filter((node) => hashes.has(node)).sort(byUse(counts, hash, hashes))
      const partners = new Set(nodes.filter((node) => granted.get(node)?.has(owner) ?? true).slice(0, most))
      return [[owner, { node: owner, hash, partners, surplus: new Set(nodes.filter((node) => !partners.has(node))) }]]
    }),
  )
}

/** By node that stands by for more owners than it may, the owners that keep it: those that use it most. */
function grants({ standing, hashes, mostInbound }: StandingInput): ReadonlyMap<string, ReadonlySet<string>> {
  const ownersOf = new Map<string, Map<string, number>>()
  for (const [owner, counts] of standing) {
    for (const [node, uses] of counts) {
      const known = ownersOf.get(node)
      if (known === undefined) ownersOf.set(node, new Map([[owner, uses]]))
      else known.set(owner, uses)
    }
  }
  return new Map(
    [...ownersOf].flatMap(([node, uses]): [string, ReadonlySet<string>][] =>
      uses.size <= mostInbound
        ? []
        : [[node, new Set([...uses.keys()].sort(byUse(uses, hashes.get(node) ?? 0, hashes)).slice(0, mostInbound))]],
    ),
  )
}

const byUse =
  (uses: ReadonlyMap<string, number>, hash: number, hashes: ReadonlyMap<string, number>) =>
  (a: string, b: string): number =>
    (uses.get(b) ?? 0) - (uses.get(a) ?? 0) ||
    rendezvousWeight(hashes.get(b) ?? 0, hash) - rendezvousWeight(hashes.get(a) ?? 0, hash) ||
    compare(a, b)
