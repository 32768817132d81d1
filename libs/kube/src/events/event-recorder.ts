import type { Clock, WallTime } from '@loadstone/clock'
import type { ApiCall } from '../client/api-server'
import type { Resource } from '../client/resource'
import { microTime } from '../election/lease'
import type { Write } from '../writes/write'
import { createCall, mergePatchCall } from '../writes/write-calls'
import type { WriteLanes } from '../writes/write-lanes'
import type { Occurrence } from './event'
import { EventHistory } from './event-series'

export type EventRecorderOptions<Lane extends string> = {
  readonly lanes: Pick<WriteLanes<Lane>, 'perform'>
  readonly lane: Lane
  readonly clock: Clock
  readonly wallTime: WallTime
  readonly random: () => number
  /** Who reports, such as `loadstone.dev/operator`. */
  readonly reporter: string
  /** Which of them: the pod. */
  readonly instance: string
}

/** What the API server takes at most, in bytes where people write. */
const longest = { noteBytes: 1_024, instance: 128, name: 200 }

/** Writes events (events.k8s.io/v1), which `kubectl describe` shows. What happens again and again is counted, not repeated. */
export class EventRecorder<Lane extends string> {
  readonly #options: EventRecorderOptions<Lane>
  readonly #history = new EventHistory()
  /** Sets the names of this process apart from those of the one before. */
  readonly #run: string

  constructor(options: EventRecorderOptions<Lane>) {
    this.#options = options
    this.#run = Math.floor(options.random() * 2 ** 32).toString(16)
  }

  /** Never waits and never fails: an event that cannot be written is lost. */
  record(occurrence: Occurrence): void {
    const { clock, lane, lanes, wallTime } = this.#options
    const telling = this.#history.tell(occurrence, clock.now())
    if (telling.do === 'keep-quiet') return
    const name = `${occurrence.regarding.name.slice(0, longest.name)}.${this.#run}.${telling.id.toString(16)}`
    const now = microTime(wallTime())
    const call = telling.do === 'create' ? this.#creation(name, occurrence, now) : counted(name, occurrence, telling.count, now)
    const write: Write<Lane> = { lane, object: `event ${name}`, call }
    void lanes.perform([write])
  }

  #creation(name: string, { regarding, type, reason, action, note }: Occurrence, now: string): ApiCall {
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
  // Three bytes for the ellipsis; a character that was cut in two is left out.
  return `${bytes
    .subarray(0, longest.noteBytes - 3)
    .toString('utf8')
    .replace(/\uFFFD$/, '')}…`
}

/** Events about what has no namespace live in `default`. */
const eventsFor = ({ regarding }: Pick<Occurrence, 'regarding'>): Resource => ({
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  namespace: regarding.namespace ?? 'default',
})

const counted = (name: string, occurrence: Occurrence, count: number, now: string): ApiCall =>
  mergePatchCall(eventsFor(occurrence), { name }, { series: { count, lastObservedTime: now } }, { fieldManager: 'loadstone-events' })
