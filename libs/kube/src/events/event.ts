/** The object that an event is about. */
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
  /** CamelCase, for programs: why the event happened. */
  readonly reason: string
  /** CamelCase, for programs: the action that was attempted. */
  readonly action: string
  /** For people; at most 1,024 characters reach the API server. */
  readonly note: string
}
