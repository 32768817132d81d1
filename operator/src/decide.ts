import { allocate } from './allocate/allocate'
import type { Config } from './config/config'
import { resolve } from './config/resolve'
import type { OperatorSettings } from './model/settings'
import type { World } from './model/world'
import { plan } from './plan/plan'
import { type Decided, publish, publishFrozen } from './publish/publish'
import type { Publication } from './publish/write'

/** Inputs of a pass besides the world. The time affects only terms, speakers that are starting, and dates of conditions. */
type PassInput = {
  readonly settings: OperatorSettings
  /** The configuration of the last pass, which has the last good definition of each object. */
  readonly previous: Config | undefined
  /** Why a kind cannot be read any more. If set, nothing is decided. */
  readonly frozen: string | undefined
  readonly nowSeconds: number
  /** The time of `nowSeconds` in RFC 3339. */
  readonly now: string
}

export type Decision = {
  readonly config: Config
  readonly publication: Publication
  readonly decided: Decided | undefined
  /** Seconds until the next pass is due without any change; undefined if none is. */
  readonly requeueAfterSeconds: number | undefined
}

/** One pass: resolve, allocate, plan, publish. A pure function: equal inputs give equal writes. */
export function decide(world: World, input: PassInput): Decision {
  const { settings, previous, frozen, nowSeconds, now } = input
  const config = resolve(world, previous)
  if (frozen !== undefined) {
    const unchanged = previous ?? config
    return { config: unchanged, publication: publishFrozen(config, frozen, now), decided: undefined, requeueAfterSeconds: undefined }
  }
  const allocation = allocate(world, config)
  const planned = plan(world, config, allocation, { settings, nowSeconds })
  const decided = { world, config, allocation, plan: planned }
  return { config, publication: publish(decided, now), decided, requeueAfterSeconds: planned.waiting ? 1 : undefined }
}
