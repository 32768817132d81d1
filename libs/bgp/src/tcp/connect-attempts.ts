import type { ConnectOptions } from './transport'

/** Segments the kernel has dropped so far, by reason. */
export type Drops = { readonly md5Failure: number; readonly md5NotFound: number; readonly md5Unexpected: number; readonly minTtl: number }

/**
 * Why nobody answers. A router drops what is signed with another password, or not signed, without a word (RFC 2385 §2.0), so with a
 * password set that is what to look at first; what the kernel dropped here meanwhile may tell more.
 */
export function diagnose(
  { md5Password, minTtl }: Pick<ConnectOptions, 'md5Password' | 'minTtl'>,
  before?: Drops,
  after?: Drops,
): string | undefined {
  const rose = (name: keyof Drops): boolean => before !== undefined && after !== undefined && after[name] > before[name]
  if (rose('md5Failure')) return 'it signs with another TCP-MD5 password than ours'
  if (rose('md5Unexpected')) return 'it signs with a TCP-MD5 password, and we have none'
  if (rose('md5NotFound')) return 'it answers without a TCP-MD5 signature: nobody listens on that port, or the password is missing there'
  if (minTtl !== undefined && rose('minTtl'))
    return `it is farther away than ${256 - minTtl} hops (ttlSecurityHops), or sends with a lower TTL than 255`
  if (md5Password === undefined) return undefined
  return 'most likely the TCP-MD5 password there is another one or missing, for such segments are dropped in silence; else check its address, the route to it, and firewalls'
}

/** One attempt to connect, until it has come to something. */
export type ConnectAttempt = { readonly end: () => void; readonly diagnosis: () => string | undefined }

/**
 * Attempts to connect that run at the same time. The kernel counts what it drops for all of them together, so its counters say something
 * of one attempt only if no other ran meanwhile.
 */
export class ConnectAttempts {
  readonly #drops: () => Drops | undefined
  readonly #running = new Set<{ alone: boolean }>()

  constructor(drops: () => Drops | undefined) {
    this.#drops = drops
  }

  begin(to: Pick<ConnectOptions, 'md5Password' | 'minTtl'>): ConnectAttempt {
    const before = this.#drops()
    const attempt = { alone: this.#running.size === 0 }
    for (const other of this.#running) other.alone = false
    this.#running.add(attempt)
    return {
      end: () => void this.#running.delete(attempt),
      diagnosis: () => (attempt.alone ? diagnose(to, before, this.#drops()) : diagnose(to)),
    }
  }
}
