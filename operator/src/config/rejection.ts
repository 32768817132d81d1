import type { ConfigKey } from '../model/config-object'
import type { Definition } from '../model/definitions'
import type { Note } from '../model/reasons'

/** A configuration object with the definition that it would put in force. */
export type ActiveCandidate<D extends Definition = Definition> = {
  readonly key: ConfigKey
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  /** The definition was in force before, so a conflict is blamed on the object that changed. */
  readonly unchanged: boolean
  /** An older definition of the object exists, which is in force if this one is rejected. */
  readonly fallback: boolean
  readonly definition: D
}

/** An object whose current definition cannot be in force, and why. */
export type Rejection = readonly [ConfigKey, Note]
