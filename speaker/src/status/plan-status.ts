import { compareText, familyOf } from '@loadstone/ip'
import { announcementPlanStatus, salvage } from '@loadstone/plan/contracts'
import {
  type AnnouncementPlanStatus,
  type ClaimStatus,
  type Condition,
  type InterfaceStatus,
  type SessionStatus,
  shorten,
  withTransitionTime,
} from '@loadstone/plan/status'
import { plainText } from '@loadstone/telemetry/plain-text'
import type { Claim, Claims } from '../l2/ownership'
import type { L2Interface } from '../messages/messages'
import type { Observed } from '../plan/desired-state'
import { type LastGoodPlan, refusalsOf, unknownOf } from '../plan/last-good-plan'

/** Everything that the plan's status is computed from. */
export type StatusInput = {
  readonly lastGood: LastGoodPlan
  /** What readiness waits for, if anything. */
  readonly waiting: string | undefined
  /** Listed objects that the watch does not show now; their last good content stays in force. */
  readonly remembered: readonly string[]
  readonly claims: Claims
  readonly interfaces: readonly L2Interface[]
  readonly sessions: readonly SessionStatus[]
  /** Paths to routers that BFD finds broken, as sentences. */
  readonly pathFaults: readonly string[]
  /** Addresses that strangers answer for, as sentences. */
  readonly conflicts: readonly string[]
  /** Problems of the worker, as sentences. */
  readonly wireProblems: readonly string[]
}

/** The plan's status. Conditions that did not change keep their times from `previous`. */
export function statusOf(situation: StatusInput, previous: readonly Condition[], now: string): AnnouncementPlanStatus {
  const { lastGood, interfaces } = situation
  const generation = lastGood.plan?.generation ?? 0
  const claims = claimStatuses(situation.claims, interfaces)
  const sessions = situation.sessions.map(shortened)
  return {
    observedGeneration: generation,
    observedRouteSets: inForce(lastGood.plan?.content?.routeSets, lastGood.routeSets),
    observedSlices: inForce(lastGood.plan?.content?.slices, lastGood.slices),
    summary: summaryOf(claims, sessions),
    interfaces: interfaces.map(interfaceStatus),
    sessions,
    claims,
    conditions: [ready(situation), degraded(situation)].map((condition) =>
      withTransitionTime({ ...condition, message: plainText(condition.message), observedGeneration: generation }, previous, now),
    ),
  }
}

function summaryOf(claims: readonly ClaimStatus[], sessions: readonly SessionStatus[]): string {
  const established = sessions.filter(({ state }) => state === 'Established').length
  const addresses = claims.length === 1 ? '1 address' : `${claims.length} addresses`
  return `${addresses}, ${established} of ${sessions.length} sessions established`
}

type ConditionState = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

function ready({ lastGood, waiting }: StatusInput): ConditionState {
  const type = 'Ready'
  if (lastGood.plan?.content === undefined)
    return { type, status: 'False', reason: 'PlanUnreadable', message: 'No readable plan was ever seen' }
  if (waiting !== undefined) return { type, status: 'False', reason: 'Starting', message: `Waiting: ${waiting}` }
  return { type, status: 'True', reason: 'Applied', message: 'The plan is read, sockets are open, local addresses are answered for' }
}

function degraded({
  lastGood,
  remembered,
  conflicts,
  wireProblems,
  sessions,
  pathFaults,
  claims,
  interfaces,
}: StatusInput): ConditionState {
  const type = 'Degraded'
  const stays = lastGood.plan?.content?.leaving === undefined
  const faults: readonly (readonly [reason: string, sentences: readonly string[]])[] = [
    ['Unreadable', refusalsOf(lastGood).map((refusal) => `${refusal}; what was good before stays in force`)],
    [
      'PartMissing',
      unknownOf(lastGood).map((name) => `${name} is listed in the plan but was never seen; until it appears nothing is withdrawn`),
    ],
    ['Remembered', remembered.map((name) => `${name} is listed in the plan but gone; its last content stays in force`)],
    ['AddressConflict', conflicts],
    ['Wire', [...wireProblems, ...withoutInterface(claims, interfaces)]],
    ['SessionDown', stays ? sessions.flatMap(sessionFault) : []],
    ['BfdDown', stays ? pathFaults : []],
  ]
  const present = faults.filter(([, sentences]) => sentences.length > 0)
  const [first] = present
  if (first === undefined) return { type, status: 'False', reason: 'AsPlanned', message: 'Nothing stands in the way' }
  return {
    type,
    status: 'True',
    reason: first[0],
    message: some(
      present.flatMap(([, sentences]) => sentences),
      '. ',
    ),
  }
}

const sessionFault = ({ peer, state, lastError }: SessionStatus): readonly string[] =>
  state === 'Established' || lastError === undefined ? [] : [`BGP session ${peer}: ${lastError}`]

/** The first ten sentences and how many more there are, within the length that the schema allows. */
function some(sentences: readonly string[], between: string): string {
  const shown = sentences.slice(0, 10).join(between)
  return shorten(sentences.length <= 10 ? shown : `${shown}${between}and ${sentences.length - 10} more`, 32_768)
}

/** The session with errors plain, for routers write into them, and cut to the length that the schema allows. */
const shortened = ({ bfd, ...session }: SessionStatus): SessionStatus => ({
  ...shortError(session),
  ...(bfd === undefined ? {} : { bfd: shortError(bfd) }),
})

const shortError = <T extends { readonly lastError?: string }>(status: T): T =>
  status.lastError === undefined ? status : { ...status, lastError: shorten(plainText(status.lastError), 4_096) }

const inForce = (listed: readonly string[] = [], known: ReadonlyMap<string, { readonly content?: unknown }>): readonly string[] =>
  [...listed].filter((name) => known.get(name)?.content !== undefined).sort()

/** Most addresses of an interface in the status, the limit of its schema. */
const mostAddresses = 64

const interfaceStatus = ({ name, mac, up, addresses }: L2Interface): InterfaceStatus => ({
  name,
  mac,
  up,
  addresses: addresses.slice(0, mostAddresses),
})

function claimStatuses(claims: Claims, interfaces: readonly L2Interface[]): readonly ClaimStatus[] {
  const statuses: ClaimStatus[] = []
  for (const { value, withdrawAt } of claims.values()) {
    if (withdrawAt !== undefined) continue
    const { address, term, takeovers } = value
    statuses.push({ address, interfaces: answeredOn(value, interfaces), term, takeovers })
  }
  return statuses.sort((a, b) => compareText(a.address, b.address))
}

/** A sentence for each claimed address that no interface of this node can answer for. */
function withoutInterface(claims: Claims, interfaces: readonly L2Interface[]): readonly string[] {
  const lost = [...claims.values()].filter(({ value }) => answeredOn(value, interfaces).length === 0)
  return lost.map(({ value: { address, interfaces: only } }) => {
    const where = only === undefined ? 'any interface' : only.join(', ')
    const need = familyOf(address) === 'ipv6' ? 'up here with an IPv6 link-local address' : 'up here'
    return `${address} is not answered for: it is announced on ${where}, and none of that is ${need}`
  })
}

function answeredOn({ address, interfaces: only }: Claim, interfaces: readonly L2Interface[]): readonly string[] {
  const able = interfaces.filter(({ name, up, answers }) => up && answers.includes(familyOf(address)) && (only?.includes(name) ?? true))
  return able.map(({ name }) => name)
}

/** The valid conditions in a status that an earlier process wrote. */
export const conditionsOf = (status: unknown): readonly Condition[] => salvage(announcementPlanStatus, status, 'status').sound.conditions

/** Listed objects that are gone although their watch is live, so that only their last good content is known. */
export function rememberedOf({ plan, slices, routeSets }: LastGoodPlan, seen: Observed): readonly string[] {
  if (!seen.complete) return []
  const gone = (names: readonly string[], known: ReadonlyMap<string, unknown>, now: ReadonlyMap<string, unknown>): readonly string[] =>
    names.filter((name) => known.has(name) && !now.has(name))
  return [
    ...gone(plan?.content?.slices ?? [], slices, seen.slices).map((name) => `AnnouncementSlice ${name}`),
    ...gone(plan?.content?.routeSets ?? [], routeSets, seen.routeSets).map((name) => `RouteSet ${name}`),
  ]
}
