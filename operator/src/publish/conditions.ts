import { type Condition, type ConditionStatus, shorten, withTransitionTime } from '@loadstone/plan/status'
import type { Note } from '../model/reasons'

/** A condition that an object should have, before its times are known. */
export type Statement = { readonly type: string; readonly status: ConditionStatus; readonly note: Note; readonly generation?: number }

/** Characters of a condition's message, the limit of the schemas. */
const longest = 4096

/** The statement as a condition. Its time is that of the last change of status. */
export function conditionOf({ type, status, note, generation }: Statement, published: readonly Condition[], now: string): Condition {
  const condition = { type, status, reason: note.reason, message: shorten(note.message, longest) }
  return withTransitionTime(generation === undefined ? condition : { ...condition, observedGeneration: generation }, published, now)
}

/** Whether the object has the condition already. Times do not count: they alone are no reason to write. */
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
