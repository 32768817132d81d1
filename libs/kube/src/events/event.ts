/** What an event is about. */
type ObjectReference = {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
  readonly uid?: string
  readonly resourceVersion?: string
}

/** An event for `kubectl describe`. One that equals an earlier one in all but `regarding.resourceVersion` is its repetition. */
export type EventInput = {
  readonly regarding: ObjectReference
  readonly type: 'Normal' | 'Warning'
  /** CamelCase, for programs. */
  readonly reason: string
  /** What was attempted: CamelCase, for programs. */
  readonly action: string
  /** For people; at most 1,024 characters reach the API server. */
  readonly note: string
}
