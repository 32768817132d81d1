import type { Condition } from '@loadstone/plan/status'
import type { Allocation } from '../allocate/outcome'
import { type Config, type ConfigVerdict, capacity } from '../config/config'
import { keyOf } from '../model/config-object'
import type { PoolDefinition } from '../model/definitions'
import { type Note, note } from '../model/reasons'
import type { World } from '../model/world'
import type { Plan } from '../plan/plan'
import { conditionOf, isPublished, type Statement } from './conditions'
import { type PeerReport, peerReports } from './peers'
import type { StatusWrite } from './write'

type StatusWritesInput = { readonly world: World; readonly config: Config; readonly allocation: Allocation; readonly plan: Plan }

/** Status writes for objects of metallb.io: whether each is in force, why not, and its counters. */
export function statusWrites(input: StatusWritesInput, now: string): readonly StatusWrite[] {
  const counters = countersOf(input)
  const peers = peerReports(input.config, input.plan)
  const misplaced = input.config.misplaced.flatMap((verdict) =>
    difference(verdict, [accepted(verdict, undefined), inForce(verdict)], {}, now),
  )
  const placed = input.config.verdicts.flatMap((verdict) => {
    const { object } = verdict
    const key = keyOf(object)
    if (object.kind !== 'BGPPeer')
      return difference(verdict, [accepted(verdict, undefined), inForce(verdict)], counters.get(key) ?? {}, now)
    const warning = input.plan.peerWarnings.get(object.meta.name)
    const report = peers.get(object.meta.name)
    const statements = [accepted(verdict, warning), inForce(verdict), ...(report === undefined ? [] : [established(verdict, report)])]
    return difference(verdict, statements, report?.counters ?? {}, now)
  })
  return [...placed, ...misplaced]
}

/** Status writes while a kind cannot be read: each object gets a condition that says so. */
export function frozenWrites({ verdicts }: Pick<Config, 'verdicts'>, why: string, now: string): readonly StatusWrite[] {
  return verdicts.flatMap((verdict) => {
    const kept = verdict.object.conditions.filter(({ type }) => type === 'Accepted' || type === 'Established')
    const statement: Statement = {
      type: 'InForce',
      status: 'Unknown',
      note: note('InputsIncomplete', `The operator changes nothing at the moment, and what is announced stays: ${why}`),
      generation: verdict.object.meta.generation,
    }
    const condition = conditionOf(statement, verdict.object.conditions, now)
    if (isPublished(condition, verdict.object.conditions)) return []
    return [writeOf(verdict, [...kept, condition], Object.fromEntries(verdict.object.counters))]
  })
}

function accepted({ object, accepted: status, notes }: ConfigVerdict, warning: Note | undefined): Statement {
  const current = [...(warning === undefined ? [] : [warning]), ...notes]
  const [first] = current
  return {
    type: 'Accepted',
    status: status && warning === undefined ? 'True' : 'False',
    note: first === undefined ? note('Accepted') : note(first.reason, current.map(({ message }) => message).join(' ')),
    generation: object.meta.generation,
  }
}

const effects = {
  current: { status: 'True', note: note('CurrentDefinition') },
  previous: { status: 'True', note: note('PreviousDefinition') },
  nothing: { status: 'False', note: note('NothingInForce') },
} as const

const inForce = ({ object, inForce: effect }: ConfigVerdict): Statement => ({
  type: 'InForce',
  ...effects[effect],
  generation: object.meta.generation,
})

const established = ({ object }: ConfigVerdict, report: PeerReport): Statement => ({
  type: 'Established',
  ...report.established,
  generation: object.meta.generation,
})

function difference(
  verdict: ConfigVerdict,
  statements: readonly Statement[],
  counters: Readonly<Record<string, number>>,
  now: string,
): readonly StatusWrite[] {
  const { conditions: published, counters: counted } = verdict.object
  const conditions = statements.map((statement) => conditionOf(statement, published, now))
  const current = conditions.every((condition) => isPublished(condition, published))
  return current && Object.entries(counters).every(([field, value]) => counted.get(field) === value)
    ? []
    : [writeOf(verdict, conditions, counters)]
}

function writeOf(
  { object: { kind, meta } }: ConfigVerdict,
  conditions: readonly Condition[],
  counters: Readonly<Record<string, number>>,
): StatusWrite {
  return { do: 'status', kind, object: { namespace: meta.namespace, name: meta.name, uid: meta.uid }, counters, conditions }
}

function countersOf({ config, allocation, plan }: StatusWritesInput): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const pools = config.pools.map(
    ({ name, definition }) => [`IPAddressPool/${name}`, poolCounters(definition, allocation.usage.get(name))] as const,
  )
  const advertisements = [
    ...config.l2.map(({ name }) => `L2Advertisement/${name}`),
    ...config.bgp.map(({ name }) => `BGPAdvertisement/${name}`),
  ]
  const uses = advertisements.map((key) => [key, { services: plan.uses.get(key) ?? 0 }] as const)
  return new Map<string, Readonly<Record<string, number>>>([...pools, ...uses])
}

function poolCounters(
  definition: PoolDefinition | undefined,
  used: { readonly ipv4: number; readonly ipv6: number } = { ipv4: 0, ipv6: 0 },
): Readonly<Record<string, number>> {
  const free = (family: 'ipv4' | 'ipv6'): number => Math.max(0, capacity(definition, family) - used[family])
  return { assignedIPv4: used.ipv4, assignedIPv6: used.ipv6, availableIPv4: free('ipv4'), availableIPv6: free('ipv6') }
}
