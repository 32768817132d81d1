import { type Ip, toBigInt } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'
import type { Holder } from '../../allocate/outcome'
import type { Config } from '../../config/config'
import { coverage } from '../../config/coverage'
import { type Contender, candidates, type Rules } from '../../elect/elect'
import { compare } from '../../model/json'
import { type Note, note } from '../../model/reasons'
import type { Service, World } from '../../model/world'
import type { Place } from '../nodes/node-view'
import { contenderOf, obstacles, type Team } from './eligible-nodes'
import { type Claim, claims, type Standing, standings, takenOverBy, termOf } from './published-entries'

/** An address answered for on the local network. */
export type L2Placement = {
  readonly address: Ip
  readonly services: readonly ServiceKey[]
  readonly candidates: readonly string[]
  readonly term: number
  readonly interfaces: ReadonlyMap<string, readonly string[] | undefined>
}

export type L2Plan = {
  readonly placements: readonly L2Placement[]
  /** Why a Service is not announced. Absent: it is, or no L2Advertisement concerns it. */
  readonly refusals: ReadonlyMap<ServiceKey, Note>
  /** Services by L2Advertisement. */
  readonly uses: ReadonlyMap<string, number>
  /** Some addresses wait for speakers that are starting, so time alone may change the plan. */
  readonly waiting: boolean
}

export type L2Context = {
  readonly world: Pick<World, 'endpoints' | 'slices' | 'plans'>
  readonly config: Pick<Config, 'l2' | 'unknown'>
  readonly rules: Pick<Rules, 'count' | 'placement'>
  readonly places: ReadonlyMap<string, Place>
  readonly teamOf: (advertisements: Config['l2']) => Team
  readonly nowSeconds: number
}

/** Those who want one address announced: usually one Service, several if it is shared. */
type Wish = { readonly services: Service[]; readonly teams: Team[]; readonly electedBy: Ip }

export function planL2(holders: readonly Holder[], context: L2Context): L2Plan {
  const { wishes, refusals, uses } = collect(holders, context)
  return { ...seatAll(wishes, context, refusals), refusals, uses }
}

type Collected = {
  readonly wishes: ReadonlyMap<Ip, Wish>
  readonly refusals: Map<ServiceKey, Note>
  readonly uses: ReadonlyMap<string, number>
}

/** Who wants which address announced. */
function collect(holders: readonly Holder[], context: L2Context): Collected {
  const refusals = new Map<ServiceKey, Note>()
  const uses = new Map<string, number>()
  const wishes = new Map<Ip, Wish>()
  const advertisementsOf = coverage(context.config.l2)
  for (const holder of holders) {
    const advertisements = advertisementsOf(holder.service, holder.pool)
    if (advertisements.length === 0 && !context.config.unknown.l2) continue
    const refusal = refusalOf(holder.service, advertisements, context.world)
    if (refusal !== undefined) {
      refusals.set(holder.service.key, refusal)
      continue
    }
    for (const { name } of advertisements) uses.set(name, (uses.get(name) ?? 0) + 1)
    wish(wishes, holder, narrowed(context.teamOf(advertisements), holder.service, context.world), context.rules.placement)
  }
  return { wishes, refusals, uses }
}

/** MetalLB elects for all addresses of a Service by the first. */
function wish(wishes: Map<Ip, Wish>, { service, ips }: Holder, team: Team, placement: Rules['placement']): void {
  for (const ip of ips) {
    const known = wishes.get(ip) ?? { services: [], teams: [], electedBy: placement === 'metallb' ? (ips[0] ?? ip) : ip }
    wishes.set(ip, known)
    known.services.push(service)
    known.teams.push(team)
  }
}

/** In MetalLB's order (docs/metallb-behaviour.md §1.7). */
function refusalOf(service: Service, advertisements: Config['l2'], { endpoints }: Pick<World, 'endpoints'>): Note | undefined {
  if (endpoints.get(service.key)?.any !== true) return note('NoEndpoints', 'No pod is ready to serve the Service.')
  if (service.shareKey === undefined || !advertisements.some(({ definition }) => definition.serviceSelectors.length > 0)) return undefined
  return note(
    'SharedWithServiceSelectors',
    'The Service shares its address, and an L2Advertisement with serviceSelectors covers it; remove one of the two.',
  )
}

/** externalTrafficPolicy Local: only where a pod is. */
function narrowed(team: Team, service: Service, { endpoints }: Pick<World, 'endpoints'>): Team {
  if (!service.local) return team
  const nodes = endpoints.get(service.key)?.nodes ?? new Set<string>()
  const within = (contenders: ReadonlyMap<string, Contender>): ReadonlyMap<string, Contender> =>
    new Map([...contenders].filter(([name]) => nodes.has(name)))
  return { ...team, fit: within(team.fit), ailing: within(team.ailing) }
}

type Seated = Pick<L2Plan, 'placements' | 'waiting'>

/** Who has a place keeps it and counts towards its node's load before anybody new is placed, so that the order decides nothing. */
function seatAll(wishes: ReadonlyMap<Ip, Wish>, context: L2Context, refusals: Map<ServiceKey, Note>): Seated {
  const [published, claimed] = [standings(context.world.slices), claims(context.world.plans)]
  const sorted = [...wishes]
    .map(([ip, wish]) => ({ ip, wish, value: toBigInt(ip) }))
    .sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : compare(a.ip, b.ip)))
    .map(({ ip, wish }): [Ip, Wish] => [ip, wish])
  const width = Math.max(1, ...new Set(sorted.map(([, { teams }]) => teams[0]?.fit.size ?? 0)))
  const rules: Rules = { ...context.rules, bound: Math.ceil((1.25 * wishes.size) / width) }
  const load = new Map<string, number>()
  const placements: L2Placement[] = []
  const early: Wish[] = []
  for (const [ip, wish] of sorted) if (published.has(ip)) seat(ip, wish)
  for (const [ip, wish] of sorted) {
    if (published.has(ip)) continue
    if (isEarly(wish)) early.push(wish)
    else seat(ip, wish)
  }
  for (const { services, teams } of early) for (const { key } of services) refusals.set(key, soon(teams[0]))
  return { placements, waiting: early.length > 0 }

  function seat(ip: Ip, wish: Wish): void {
    const placement = place(ip, wish, { rules, load, standing: published.get(ip), claim: claimed.get(ip), context })
    const [owner] = placement?.candidates ?? []
    if (placement === undefined || owner === undefined) {
      for (const service of wish.services) refusals.set(service.key, nobody(service, wish.teams[0]))
      return
    }
    load.set(owner, (load.get(owner) ?? 0) + 1)
    placements.push(placement)
  }
}

/** Most speakers are about to be up: placed now, everything would sit on the few that were first, and stay there. */
const isEarly = ({ teams: [team] }: Wish): boolean => team !== undefined && team.starting > team.fit.size

const soon = (team: Team | undefined): Note =>
  note('SpeakersStarting', `It is announced in a moment: ${team?.starting ?? 0} speakers are starting.`)

type Circumstances = {
  readonly rules: Rules
  readonly load: ReadonlyMap<string, number>
  readonly standing: Standing | undefined
  readonly claim: Claim | undefined
  readonly context: L2Context
}

function place(address: Ip, wish: Wish, { rules, load, standing, claim, context }: Circumstances): L2Placement | undefined {
  const [team, ...others] = wish.teams
  if (team === undefined) return undefined
  const previous = standing?.candidates ?? []
  const eligible = eligibleFor(team, others, previous, context)
  const owner = takenOverBy(claim, standing)
  const list = candidates({ address: wish.electedBy, eligible, previous, owner }, rules, load)
  // Broken is not forbidden: if nobody is fit, those who were asked before are asked still.
  const chosen = list.length > 0 ? list : previous.filter((node) => team.ailing.has(node))
  if (chosen.length === 0) return undefined
  const interfaces = chosen.every((node) => team.interfaces.has(node)) ? team.interfaces : withStanding(team, chosen, standing)
  const services = wish.services.map(({ key }) => key).sort()
  return { address, services, candidates: chosen, term: termOf(chosen, standing, claim, context.nowSeconds), interfaces }
}

/** For nodes that only an advertisement we cannot read selected: what is published. */
const withStanding = (team: Team, chosen: readonly string[], standing: Standing | undefined): L2Placement['interfaces'] =>
  new Map([...chosen.map((node) => [node, standing?.interfaces] as const), ...team.interfaces])

/** Fit for all who share the address; failing that, for the first of them. */
function eligibleFor(
  team: Team,
  others: readonly Team[],
  previous: readonly string[],
  { config, places }: L2Context,
): ReadonlyMap<string, Contender> {
  const different = others.filter((other) => other !== team)
  const common = different.length === 0 ? team.fit : new Map([...team.fit].filter(([name]) => different.every(({ fit }) => fit.has(name))))
  const fit = common.size > 0 ? common : team.fit
  if (!config.unknown.l2) return fit
  // An advertisement we cannot read selected these, and for all we know it still does.
  const kept = previous
    .flatMap((name) => (fit.has(name) ? [] : (places.get(name) ?? [])))
    .filter(({ barred, ailing }) => (barred ?? ailing) === undefined)
  return new Map([...fit, ...kept.map((place): [string, Contender] => [place.node.name, contenderOf(place, 0)])])
}

function nobody(service: Service, team: Team | undefined): Note {
  if (team === undefined) return note('NoAdvertisement')
  if (service.local && team.everywhere > 0)
    return note('NoLocalEndpoints', 'externalTrafficPolicy is Local, and no node that may announce has a pod of the Service.')
  return note('NoEligibleNode', `No node can announce it now. ${obstacles(team)}`)
}
