import type { Condition, ConditionStatus } from '@loadstone/plan/status'
import type { Note } from '../model/reasons'

/** What an object should say about one aspect of itself. */
export type Statement = { readonly type: string; readonly status: ConditionStatus; readonly note: Note; readonly generation?: number }

/** Room for the message in a condition. */
const longest = 4096

/** The statement as a condition. The time is that of the last change of status; it alone is never a reason to write. */
export function conditionOf({ type, status, note, generation }: Statement, published: readonly Condition[], now: string): Condition {
  const before = published.find((condition) => condition.type === type)
  const message = note.message.length > longest ? `${note.message.slice(0, longest - 1)}…` : note.message
  const lastTransitionTime = before?.status === status && before.lastTransitionTime !== '' ? before.lastTransitionTime : now
  return {
    type,
    status,
    reason: note.reason,
    message,
    lastTransitionTime,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  }
}

/** Whether the object says so already. */
export function isPublished(wanted: Condition, published: readonly Condition[]): boolean {
  const before = published.find(({ type }) => type === wanted.type)
  return (
    before !== undefined &&
    before.status === wanted.status &&
    before.reason === wanted.reason &&
    before.message === wanted.message &&
    before.observedGeneration === wanted.observedGeneration
  )
}
