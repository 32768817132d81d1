import type { ConfigKey } from '../model/config-object'
import type { Definition } from '../model/definitions'
import type { Note } from '../model/reasons'

/** An object in the contest for being in force, with what it would put in force. */
export type Contender<D extends Definition = Definition> = {
  readonly key: ConfigKey
  readonly name: string
  readonly labels: ReadonlyMap<string, string>
  /** It stands as it stood, so whoever changed is to blame. */
  readonly firm: boolean
  /** Whether it has an older definition to fall back on. */
  readonly fallback: boolean
  readonly definition: D
}

/** Who must yield, and why. */
export type Blame = readonly [ConfigKey, Note]
