import type { Millis } from '@loadstone/clock'
import type { Ip } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'
import type { World } from '../model/world'
import type { ServiceWrite, Write, WriteResult } from '../publish/write'

/** How long a write that got no answer may still be carried out. An API server gives up a request after a minute at most. */
const promiseMillis = 60_000

type Attempt = { readonly write: ServiceWrite; untilMillis: Millis }

/** Addresses in writes whose effect is not known: nobody else is given them, until they cannot take effect any more. */
export class Promises {
  readonly #attempts = new Map<ServiceKey, Attempt[]>()

  begins(write: Write): void {
    if (write.do !== 'service-status') return
    const attempt = { write, untilMillis: Number.POSITIVE_INFINITY }
    this.#attempts.set(keyOf(write), [...(this.#attempts.get(keyOf(write)) ?? []), attempt])
  }

  ended(write: Write, result: WriteResult, nowMillis: Millis): void {
    if (write.do !== 'service-status') return
    const attempts = this.#attempts.get(keyOf(write)) ?? []
    const left = result === 'written' ? [] : attempts.filter((attempt) => attempt.write !== write || result === 'failed')
    for (const attempt of left) if (attempt.write === write) attempt.untilMillis = nowMillis + promiseMillis
    if (left.length === 0) this.#attempts.delete(keyOf(write))
    else this.#attempts.set(keyOf(write), left)
  }

  /** A write is of one version of its Service: once that has changed, it cannot take effect any more. */
  standing({ services }: Pick<World, 'services'>, nowMillis: Millis): ReadonlyMap<Ip, ServiceKey> {
    const promised = new Map<Ip, ServiceKey>()
    if (this.#attempts.size === 0) return promised
    const versions = new Map(services.map(({ key, meta }) => [key, meta.resourceVersion]))
    for (const [key, attempts] of this.#attempts) {
      const left = attempts.filter(({ write, untilMillis }) => untilMillis > nowMillis && versions.get(key) === write.resourceVersion)
      if (left.length === 0 && attempts.every(({ untilMillis }) => Number.isFinite(untilMillis))) this.#attempts.delete(key)
      for (const { write } of left) for (const ip of write.ips) promised.set(ip, key)
    }
    return promised
  }
}

const keyOf = ({ service: { namespace, name } }: ServiceWrite): ServiceKey => `${namespace}/${name}`
