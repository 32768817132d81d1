import type { Clock, WallTime } from '@loadstone/clock'
import type { ApiCall } from '../client/api-server'
import type { Resource } from '../client/resource'
import { microTime } from '../election/lease'
import type { QueuedWrite } from '../writes/write'
import { createCall, mergePatchCall } from '../writes/write-calls'
import type { WriteLanes } from '../writes/write-lanes'
import type { EventInput } from './event'
import { EventSeries } from './event-series'

type EventRecorderOptions<Lane extends string> = {
  readonly lanes: Pick<WriteLanes<Lane>, 'perform'>
  readonly lane: Lane
  readonly clock: Clock
  readonly wallTime: WallTime
  readonly random: () => number
  /** The reporting controller, such as `loadstone.dev/operator`. */
  readonly reporter: string
  /** The pod. */
  readonly instance: string
}

/** Limits of the API server: bytes of the note, characters of the others. */
const longest = { noteBytes: 1_024, instance: 128, name: 200 }

/**
 * Writes events (events.k8s.io/v1), which `kubectl describe` shows. A repeated event increases the count of the first one, at most once
 * a minute. Of one object ten new events are written at once, then one each half minute; the others are dropped.
 */
export class EventRecorder<Lane extends string> {
  readonly #options: EventRecorderOptions<Lane>
  readonly #series = new EventSeries()
  /** Part of event names that differs between processes. */
  readonly #run: string

  constructor(options: EventRecorderOptions<Lane>) {
    this.#options = options
    this.#run = Math.floor(options.random() * 2 ** 32).toString(16)
  }

  /** Returns at once and never throws. An event that cannot be written is lost. */
  record(event: EventInput): void {
    const { clock, lane, lanes, wallTime } = this.#options
    const decision = this.#series.decide(event, clock.now())
    if (decision.do === 'keep-quiet') return
    const name = `${event.regarding.name.slice(0, longest.name)}.${this.#run}.${decision.id.toString(16)}`
    const now = microTime(wallTime())
    const call = decision.do === 'create' ? this.#creation(name, event, now) : counted(name, event, decision.count, now)
    const write: QueuedWrite<Lane> = { lane, object: `event ${name}`, call }
    void lanes.perform([write])
  }

  #creation(name: string, { regarding, type, reason, action, note }: EventInput, now: string): ApiCall {
    const { reporter, instance } = this.#options
    return createCall(eventsFor({ regarding }), {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name },
      eventTime: now,
      reportingController: reporter,
      reportingInstance: instance.slice(0, longest.instance),
      regarding,
      type,
      reason,
      action,
      note: shortened(note),
    })
  }
}

function shortened(note: string): string {
  const bytes = Buffer.from(note)
  if (bytes.length <= longest.noteBytes) return note
  // Leaves three bytes for the ellipsis, and removes a character that the cut split.
  return `${bytes
    .subarray(0, longest.noteBytes - 3)
    .toString('utf8')
    .replace(/\uFFFD$/, '')}…`
}

/** Events about cluster-wide objects are in the namespace `default`. */
const eventsFor = ({ regarding }: Pick<EventInput, 'regarding'>): Resource => ({
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  namespace: regarding.namespace ?? 'default',
})

const counted = (name: string, event: EventInput, count: number, now: string): ApiCall =>
  mergePatchCall(eventsFor(event), { name }, { series: { count, lastObservedTime: now } }, { fieldManager: 'loadstone-events' })
