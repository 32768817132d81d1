import type { Labels } from './selector'

/** What every API object says about itself. */
export type Meta = {
  readonly name: string
  readonly namespace: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation: number
  /** RFC 3339; sorts as text. */
  readonly createdAt: string
  readonly labels: Labels
  readonly annotations: ReadonlyMap<string, string>
}
