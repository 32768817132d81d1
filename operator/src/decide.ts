import { allocate } from './allocate/allocate'
import type { Config } from './config/config'
import { resolve } from './config/resolve'
import type { Settings } from './model/settings'
import type { World } from './model/world'
import { plan } from './plan/plan'
import { type Decided, publish, publishFrozen } from './publish/publish'
import type { Publication } from './publish/write'

/** What a pass needs besides the world. The time decides nothing but terms and how conditions are dated. */
export type Circumstances = {
  readonly settings: Settings
  /** The last pass's configuration: what was last good stays in force. */
  readonly previous: Config | undefined
  /** Why a kind cannot be read any more; then nothing is decided. */
  readonly frozen: string | undefined
  readonly nowSeconds: number
  /** The same moment, RFC 3339. */
  readonly now: string
}

export type Decision = {
  readonly config: Config
  readonly publication: Publication
  readonly decided: Decided | undefined
  /** Seconds until time alone may change the decision. */
  readonly againInSeconds: number | undefined
}

/** One pass: allocate, plan, publish. Pure: the same world gives the same writes. */
export function decide(world: World, circumstances: Circumstances): Decision {
  const { settings, previous, frozen, nowSeconds, now } = circumstances
  const config = resolve(world, previous)
  if (frozen !== undefined) {
    const unchanged = previous ?? config
    return { config: unchanged, publication: publishFrozen(config, frozen, now), decided: undefined, againInSeconds: undefined }
  }
  const allocation = allocate(world, config)
  const planned = plan(world, config, allocation, { settings, nowSeconds })
  const decided = { world, config, allocation, plan: planned }
  return { config, publication: publish(decided, now), decided, againInSeconds: planned.waiting ? 1 : undefined }
}
