import type { Cancel, Clock } from '@loadstone/clock'
import { keyOf, type Reflection } from '@loadstone/kube'
import type { EventInput } from '@loadstone/kube/events'
import type { QueuedWrite as ApiWrite, WriteLanes, WriteOutcome } from '@loadstone/kube/writes'
import type { Meta } from '../model/meta'
import { reasons } from '../model/reasons'
import type { OperatorSettings } from '../model/settings'
import { type ObservedObjects, type ParsedKinds, type Projections, tellingKinds, type WatchedKind } from '../observe/observe'
import { type EventNote, objectOf, type ServiceWrite, type Write, type WriteResult } from '../publish/write'
import type { ClusterAccess } from '../reconcile'
import { PendingWrites } from './pending-writes'
import { ReportRate } from './report-rate'
import { callOf, locationOf } from './write-calls'

export type Lane = 'addresses' | 'objects' | 'reports'
/** Most writes in flight per lane: they hide the latency of the API server without occupying it. */
export const slots: Readonly<Record<Lane, number>> = { addresses: 24, objects: 24, reports: 6 }

const reportInterval = 1000
/** What others wrote about nodes, pods and the configuration is waited for no longer: late news cost less than no decisions. */
const refreshPatienceMillis = 5_000

export type Reflections = { readonly [K in WatchedKind]: Reflection<ParsedKinds[K] | undefined> }

/** The kinds whose state a leader must know exactly: another leader may have written them a moment ago. */
const writtenKinds = [
  'services',
  'secrets',
  'announcementplans',
  'announcementslices',
  'routesets',
] as const satisfies readonly WatchedKind[]

type ApiClusterOptions = {
  readonly reflections: Reflections
  readonly projections: Projections
  readonly lanes: Pick<WriteLanes<Lane>, 'perform' | 'abandon'>
  readonly clock: Clock
  readonly settings: OperatorSettings
  readonly record: (event: EventInput) => void
  readonly onWrite: (write: Write, outcome: WriteOutcome) => void
  /** Called when a report that had to wait is due. A pass then decides it anew. */
  readonly onDue: () => void
}

/** The cluster through its API server: reads from watches and pending writes, performs writes as calls in lanes. */
export class ApiCluster implements ClusterAccess {
  readonly #options: ApiClusterOptions
  readonly #rate: ReportRate
  readonly #pending = new Map<WatchedKind, PendingWrites<unknown>>()
  #due: Cancel | undefined

  constructor(options: ApiClusterOptions) {
    this.#options = options
    this.#rate = new ReportRate(options.clock, reportInterval)
  }

  observe(): ReturnType<ClusterAccess['observe']> {
    const entries = Object.entries(this.#options.reflections) as [WatchedKind, Reflection<unknown>][]
    const observed = Object.fromEntries(
      entries.map(([kind, reflection]) => [kind, isHidden(kind, reflection) ? undefined : this.#objects(kind, reflection).values()]),
    ) as unknown as ObservedObjects
    const states = entries.filter(([kind]) => !tellingKinds.has(kind)).map(([kind, reflection]) => ({ kind, ...reflection.state() }))
    const reasonsOf = (those: typeof states): string => those.map(({ kind, reason }) => `${kind}: ${reason}`).join('; ')
    const incomplete = states.filter(({ complete }) => !complete)
    const frozen = states.filter(({ at }) => at === 'frozen')
    return {
      observed,
      ...(incomplete.length > 0 ? { waiting: reasonsOf(incomplete) } : {}),
      ...(frozen.length > 0 ? { frozen: reasonsOf(frozen) } : {}),
    }
  }

  abandon(): void {
    this.#options.lanes.abandon()
  }

  #objects(kind: WatchedKind, reflection: Reflection<unknown>): ReadonlyMap<string, unknown> {
    return this.#pending.get(kind)?.appliedTo(reflection.objects(), reflection.resourceVersion()) ?? reflection.objects()
  }

  async refresh(): Promise<void> {
    const { reflections, clock } = this.#options
    const written = new Set<string>(writtenKinds)
    const [ours, others] = [[] as Promise<void>[], [] as Promise<void>[]]
    for (const [kind, reflection] of Object.entries<Reflection<unknown>>(reflections)) {
      ;(written.has(kind) ? ours : others).push(reflection.refresh())
    }
    const patience = new Promise<void>((resolve) => clock.after(refreshPatienceMillis, resolve))
    await Promise.all([...ours, Promise.race([Promise.all(others), patience])])
  }

  perform(write: Write): Promise<WriteResult> {
    return this.#perform(write, write.do === 'service-status' ? 'addresses' : 'objects')
  }

  report(writes: readonly Write[], onEnd: (write: Write, result: WriteResult) => void): void {
    let soonest = Number.POSITIVE_INFINITY
    for (const write of writes) {
      const wait = this.#rate.wait(objectOf(write))
      if (wait === 0) void this.#perform(write, 'reports').then((result) => onEnd(write, result))
      else soonest = Math.min(soonest, wait)
    }
    this.#due?.()
    this.#due = Number.isFinite(soonest) ? this.#options.clock.after(soonest, this.#options.onDue) : undefined
  }

  async #perform(write: Write, lane: Lane): Promise<WriteResult> {
    const { lanes, settings, onWrite, record } = this.#options
    const before = this.#shown(write)
    const group = write.do === 'service-status' ? { group: write.service.namespace } : {}
    const job: ApiWrite<Lane> = { lane, object: objectOf(write), ...group, call: callOf(write, settings, this.#versionFor(write)) }
    const [result] = await lanes.perform([job])
    const outcome: WriteOutcome = result?.outcome ?? { is: 'abandoned' }
    onWrite(write, outcome)
    if (outcome.is === 'written') this.#remember(write, before, outcome.body)
    for (const event of eventInputsOf(write, outcome)) record(event)
    return outcome.is === 'superseded' ? 'written' : outcome.is
  }

  /** The version of an object that nobody else writes. A speaker writes the status of its plan, so that a plan is never of one version. */
  #versionFor(write: Write): string | undefined {
    if (write.do !== 'apply' || write.object.kind === 'AnnouncementPlan') return undefined
    const { kind, ...object } = locationOf(write, this.#options.settings)
    return this.#pendingOf(kind).versionOf(keyOf(object), this.#shown(write))
  }

  #shown(write: Write): unknown {
    const { kind, ...object } = locationOf(write, this.#options.settings)
    return this.#options.reflections[kind].objects().get(keyOf(object))
  }

  #pendingOf(kind: WatchedKind): PendingWrites<unknown> {
    const pending = this.#pending.get(kind) ?? new PendingWrites<unknown>(versionOf)
    this.#pending.set(kind, pending)
    return pending
  }

  #remember(write: Write, before: unknown, body: unknown): void {
    const { kind, ...object } = locationOf(write, this.#options.settings)
    this.#pendingOf(kind).put(keyOf(object), before, write.do === 'delete' ? undefined : this.#options.projections[kind](body))
  }
}

/** A kind that only tells what is, and is not known whole. */
function isHidden(kind: WatchedKind, reflection: Reflection<unknown>): boolean {
  const { complete, at } = reflection.state()
  return tellingKinds.has(kind) && (!complete || at === 'frozen')
}

/** Of what the operator writes; a Secret is parsed to less than the others. */
function versionOf(parsed: unknown): string {
  const { meta, resourceVersion = '' } = parsed as { readonly meta?: Meta; readonly resourceVersion?: string }
  return meta?.resourceVersion ?? resourceVersion
}

/** The events of the write, or one that says why the Service's status stays as it is. */
function eventInputsOf(write: Write, outcome: WriteOutcome): readonly EventInput[] {
  if (write.do !== 'service-status') return []
  if (outcome.is === 'written') return write.events.map((event) => eventInput(write, event))
  if (outcome.is !== 'refused' && outcome.is !== 'failed') return []
  const message = `${reasons.StatusNotWritten} ${outcome.message}`
  return [eventInput(write, { type: 'Warning', reason: 'StatusNotWritten', message })]
}

function eventInput({ service, resourceVersion }: ServiceWrite, { type, reason, message }: EventNote): EventInput {
  return { regarding: { apiVersion: 'v1', kind: 'Service', ...service, resourceVersion }, type, reason, action: reason, note: message }
}
