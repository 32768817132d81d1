import type { Clock, Millis } from '@loadstone/clock'
import type { SecretReference } from '@loadstone/plan'
import type { SavedPasswords } from '../plan/saved'
import type { Password } from './session-options'

/** A Secret as the API server returns it, or 'not-found'. */
export type SecretRead = { readonly data: Readonly<Record<string, string>> } | 'not-found'
export type ReadSecret = (name: string) => Promise<SecretRead>

type Entry = Password & {
  /** The resourceVersion in the plan for which the Secret was last read. Another one in the plan causes another read. */
  readonly planned?: string
  readonly failures: number
}

const firstRetryMillis = 1_000
const lastRetryMillis = 30_000

/**
 * The passwords of the planned sessions. A Secret is read by name, and only when the plan names a version that was not read yet. A failed
 * read keeps the password known before; a password is forgotten once no session names its Secret.
 */
export class Passwords {
  readonly #read: ReadSecret
  readonly #clock: Clock
  readonly #onChange: () => void
  readonly #entries = new Map<string, Entry>()
  /** Versions being read, or waiting to be read again. A newer one in the plan does not wait. */
  readonly #pending = new Map<string, string>()
  #desired: ReadonlyMap<string, string> = new Map()

  constructor(read: ReadSecret, clock: Clock, onChange: () => void, saved: SavedPasswords = {}) {
    this.#read = read
    this.#clock = clock
    this.#onChange = onChange
    for (const [name, { text, planned }] of Object.entries(saved)) this.#entries.set(name, { text, planned, failures: 0 })
  }

  reconcile(secrets: readonly SecretReference[]): void {
    this.#desired = new Map(secrets.map(({ name, resourceVersion }) => [name, resourceVersion]))
    for (const known of [this.#entries, this.#pending]) {
      for (const name of [...known.keys()]) if (!this.#desired.has(name)) known.delete(name)
    }
    for (const name of this.#desired.keys()) void this.#renew(name)
  }

  known(): ReadonlyMap<string, Password> {
    return this.#entries
  }

  saved(): SavedPasswords {
    return Object.fromEntries(
      [...this.#entries].flatMap(([name, { text, planned }]) => (text === undefined ? [] : [[name, { text, planned: planned ?? '' }]])),
    )
  }

  async #renew(name: string): Promise<void> {
    const planned = this.#desired.get(name)
    const last = this.#entries.get(name)
    if (planned === undefined || planned === last?.planned || planned === this.#pending.get(name)) return
    this.#pending.set(name, planned)
    const next = await this.#attempt(name, planned, last)
    if (this.#desired.get(name) !== planned) return // the plan names another version by now, which has a read of its own
    this.#entries.set(name, next)
    if (next.planned === planned) this.#pending.delete(name)
    else this.#clock.after(retryMillis(next.failures), () => this.#retry(name, planned))
    this.#onChange()
  }

  #retry(name: string, planned: string): void {
    if (this.#pending.get(name) !== planned) return
    this.#pending.delete(name)
    void this.#renew(name)
  }

  async #attempt(name: string, planned: string, last: Entry | undefined): Promise<Entry> {
    const failed = (problem: string): Entry => ({ ...last, problem, failures: (last?.failures ?? 0) + 1 })
    try {
      const secret = await this.#read(name)
      if (secret === 'not-found') return failed(`Secret ${name} does not exist: create it, with the key "password"`)
      const encoded = secret.data['password']
      if (encoded === undefined) return failed(`Secret ${name} has no key "password"`)
      return { text: Buffer.from(encoded, 'base64').toString('utf8'), planned, failures: 0 }
    } catch (error) {
      return failed(`Secret ${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
}

const retryMillis = (failures: number): Millis => Math.min(lastRetryMillis, firstRetryMillis * 2 ** (failures - 1))
