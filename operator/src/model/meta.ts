import type { Labels } from './selector'

/** Metadata of an API object. Absent fields are empty or 0. */
export type Meta = {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation: number
  /** RFC 3339 in UTC, so the order of texts is the order of times. */
  readonly createdAt: string
  readonly labels: Labels
  readonly annotations: ReadonlyMap<string, string>
}
