import type { Ip } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'
import type { Config } from '../../config/config'
import type { Rules } from '../../elect/elect'
import type { World } from '../../model/world'
import type { NodeView } from '../nodes/node-view'
import type { EligibleNodes } from './eligible-nodes'
import type { MoveMemory } from './movement'

/** An address answered for on the local network. */
export type L2Placement = {
  readonly address: Ip
  readonly services: readonly ServiceKey[]
  readonly candidates: readonly string[]
  readonly term: number
  /** The node that answers until the owner does. */
  readonly from: string | undefined
  readonly interfaces: ReadonlyMap<string, readonly string[] | undefined>
}

export type L2Input = {
  readonly world: Pick<World, 'endpoints' | 'slices' | 'plans'>
  readonly config: Pick<Config, 'l2' | 'unknown'>
  readonly rules: Pick<Rules, 'count' | 'placement'> & { readonly rebalance: boolean }
  readonly views: ReadonlyMap<string, NodeView>
  readonly eligibleNodesOf: (advertisements: Config['l2']) => EligibleNodes
  readonly nowSeconds: number
  /** What the last pass left behind; undefined for the first one of a leader. */
  readonly moves: MoveMemory | undefined
}
