import { createHash } from 'node:crypto'
import { nodeLabel, type ServiceKey } from '@loadstone/plan'
import type { Config } from '../config/config'
import { compare, type Json, list, record } from '../model/json'
import type { PodOwner, StatusKind, StatusObject } from '../model/status-object'
import type { SpeakerPod, World } from '../model/world'
import type { AnnouncementAnswer } from '../plan/explain'
import type { Plan } from '../plan/plan'
import { type Doubts, isTold } from '../plan/reports/doubts'
import { type ConfigurationState, configurationStates } from './configuration-states'
import { sameJson } from './same-json'
import type { DeleteWrite, StatusObjectWrite, Write } from './write'

type Decided = { readonly world: World; readonly config: Config; readonly plan: Plan }

export type StatusObjectsInput = {
  /** RFC 3339. */
  readonly now: string
  readonly nowSeconds: number
  /** The operator's own pod; undefined if it is not known. */
  readonly self: PodOwner | undefined
  readonly doubts: Doubts
  /** Of nodes whose sessions are not all up. */
  readonly nodeDoubts: Doubts
}

/** An object that should exist. Any of the owners will do: where two speakers of a node relieve each other, the present one stays. */
type WantedObject = {
  readonly kind: StatusKind
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly owners: readonly PodOwner[]
  readonly status: Json
}

/** Most writes of a pass. The watch shows them, which wakes the next pass. */
const mostWrites = 1024

/**
 * Writes of the kinds by which MetalLB tells what is. A kind that cannot be read gets none. Of an object that does not exist the metadata is
 * written, and its status once it exists, because the API server ignores a status that is created.
 */
export function statusObjectWrites({ world, config, plan }: Decided, input: StatusObjectsInput): readonly Write[] {
  const states = configurationStates(world, config, plan, input).map((state) => stateObject(state, world))
  const wanted = new Map([...serviceObjects(plan, world), ...states].map((one) => [`${one.kind}/${one.name}`, one]))
  const known = new Map(
    Object.values(world.statusObjects).flatMap((objects) => (objects ?? []).map((one) => [`${one.kind}/${one.meta.name}`, one])),
  )
  const deletions = [...known].flatMap(([key, one]) => (wanted.has(key) || !isOurs(one) || isKept(one, plan, input) ? [] : deletionOf(one)))
  const applies = [...wanted].flatMap(([key, one]) =>
    world.statusObjects[one.kind] === undefined ? [] : differenceOf(one, known.get(key)),
  )
  return [...deletions, ...applies].slice(0, mostWrites)
}

/** What is expected to come back in a moment is not deleted: an object costs three writes. */
function isKept({ kind, meta, status }: StatusObject, plan: Plan, input: StatusObjectsInput): boolean {
  const answer = plan.announced.get(keyOf(meta))
  if (answer === undefined) return false
  if (kind === 'ServiceL2Status') return answer.passing && !isTold(keyOf(meta), input.doubts, input.nowSeconds)
  return isPassing(String(status['node'] ?? ''), input)
}

function isPassing(node: string, { nodeDoubts, nowSeconds }: StatusObjectsInput): boolean {
  const doubt = nodeDoubts.get(node)
  return doubt !== undefined && doubt.endedSeconds === undefined && !isTold(node, nodeDoubts, nowSeconds)
}

/** Nodes whose sessions are not all up, by the word of their speakers. */
export function unsettledNodes({ plans, reports }: Pick<Plan, 'plans' | 'reports'>): ReadonlyMap<string, { readonly passing: boolean }> {
  return new Map(
    [...plans].map(([node, { sessions }]) => {
      const report = reports.get(node)
      const up =
        report !== undefined && 'status' in report && sessions.every(({ peer }) => report.sessions.get(peer)?.state === 'Established')
      return [node, { passing: !up }]
    }),
  )
}

const deletionOf = ({ kind, meta }: StatusObject): readonly DeleteWrite[] => [{ do: 'delete', kind, name: meta.name, uid: meta.uid }]

function differenceOf({ kind, name, labels, owners, status }: WantedObject, known: StatusObject | undefined): readonly StatusObjectWrite[] {
  const marked = known !== undefined && Object.entries(labels).every(([label, value]) => known.meta.labels.get(label) === value)
  const owned = owners.length === 0 || owners.some(({ uid }) => known?.owners.includes(uid) === true)
  if (!marked || !owned) return [{ do: 'status-object', kind, name, labels, owner: owners[0] }]
  const shown = ownPart(known.status, status)
  return sameJson(filledIn(shown), filledIn(status))
    ? []
    : [{ do: 'status-object-status', kind, name, status: { ...cleared(shown), ...status } }]
}

/** Conditions of other types are somebody else's. */
function ownPart(known: Json, wanted: Json): Json {
  if (!('conditions' in wanted)) return known
  const types = new Set(list(wanted['conditions']).map((condition) => record(condition)['type']))
  return { ...known, conditions: list(known['conditions']).filter((condition) => types.has(record(condition)['type'])) }
}

const isEmpty = (value: unknown): boolean => value === '' || (Array.isArray(value) && value.length === 0)

const filledIn = (status: Json): Json => Object.fromEntries(Object.entries(status).filter(([, value]) => !isEmpty(value)))

/** Every field of these kinds is a text or a list. One that somebody else wrote does not go by being left out, so it is emptied. */
const cleared = (status: Json): Json =>
  Object.fromEntries(Object.entries(status).map(([field, value]) => [field, Array.isArray(value) ? [] : '']))

const [nodeKey, serviceKey, namespaceKey] = ['metallb.io/node', 'metallb.io/service-name', 'metallb.io/service-namespace']
const prefixes = { ServiceL2Status: 'l2', ServiceBGPStatus: 'bgp' } as const

/** MetalLB's prefix, and in place of its random letters a hash: the same object has the same name, however often it is written. */
const nameOf = (kind: keyof typeof prefixes, service: string, node: string): string =>
  `${prefixes[kind]}-${createHash('sha256').update(`${service} ${node}`).digest('hex').slice(0, 16)}`

function serviceObjects({ announced }: Pick<Plan, 'announced'>, world: Pick<World, 'speakers'>): readonly WantedObject[] {
  return [...announced].flatMap(([key, answer]) => [
    ...[...interfacesByNode(answer)].map(([node, interfaces]) =>
      serviceObject('ServiceL2Status', { key, node, more: interfacesStatus(interfaces) }, world),
    ),
    ...[...answer.told].map(([node, peers]) => serviceObject('ServiceBGPStatus', { key, node, more: { peers } }, world)),
  ])
}

/** Two addresses of a Service may be answered for by two nodes, or by one on different interfaces. No interface means all. */
function interfacesByNode({ owners }: AnnouncementAnswer): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const { node, interfaces } of owners) {
    const known = found.get(node) ?? interfaces
    found.set(node, known.length === 0 || interfaces.length === 0 ? [] : [...new Set([...known, ...interfaces])].sort(compare))
  }
  return found
}

const interfacesStatus = (interfaces: readonly string[]): Json =>
  interfaces.length === 0 ? {} : { interfaces: interfaces.map((name) => ({ name })) }

type Told = { readonly key: ServiceKey; readonly node: string; readonly more: Json }

function serviceObject(kind: keyof typeof prefixes, { key, node, more }: Told, { speakers }: Pick<World, 'speakers'>): WantedObject {
  const [serviceNamespace = '', serviceName = ''] = key.split('/')
  return {
    kind,
    name: nameOf(kind, key, node),
    labels: { [nodeKey]: nodeLabel(node), [serviceKey]: serviceName, [namespaceKey]: serviceNamespace },
    owners: readyPods(speakers.get(node)),
    status: { node, serviceName, serviceNamespace, ...more },
  }
}

const readyPods = (pods: readonly SpeakerPod[] = []): readonly PodOwner[] =>
  pods
    .filter(({ ready }) => ready)
    .map(({ name, uid }) => ({ name, uid }))
    .sort((a, b) => compare(a.name, b.name))

const stateObject = ({ name, labels, node, owner, status }: ConfigurationState, { speakers }: Pick<World, 'speakers'>): WantedObject => ({
  kind: 'ConfigurationState',
  name,
  labels,
  owners: owner === undefined ? (node === undefined ? [] : readyPods(speakers.get(node))) : [owner],
  status,
})

/** Objects of a MetalLB that runs beside us, or ran before, are its own. A ConfigurationState goes with its pod alone. */
function isOurs({ kind, meta, status }: StatusObject): boolean {
  if (kind === 'ConfigurationState') return false
  const node = typeof status['node'] === 'string' ? status['node'] : (meta.labels.get(nodeKey) ?? '')
  return meta.name === nameOf(kind, keyOf(meta), node)
}

/** The Service that an object tells of. */
const keyOf = ({ labels }: StatusObject['meta']): ServiceKey => `${labels.get(namespaceKey) ?? ''}/${labels.get(serviceKey) ?? ''}`
