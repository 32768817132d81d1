import type { Condition } from './generated/types'

/** A condition before it has its time. */
type Wanted = Omit<Condition, 'lastTransitionTime'>

/** The condition with the time of its last change of status: that of the published one, or `now` (RFC 3339) if the status differs. */
export function withTransitionTime(wanted: Wanted, published: readonly Condition[], now: string): Condition {
  const { observedGeneration, ...condition } = wanted
  const before = published.find(({ type, status }) => type === wanted.type && status === wanted.status)
  const lastTransitionTime = before === undefined || before.lastTransitionTime === '' ? now : before.lastTransitionTime
  return { ...condition, lastTransitionTime, ...(observedGeneration === undefined ? {} : { observedGeneration }) }
}

/** At most `longest` UTF-16 code units of the text; one that is longer ends with an ellipsis, and no character is cut in half. */
export const shorten = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`
