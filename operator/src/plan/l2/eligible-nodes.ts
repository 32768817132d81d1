import { type ActiveL2Advertisement, announcesFrom } from '../../config/config'
import type { Candidate, CandidateMap } from '../../elect/candidate'
import { distinct } from '../../model/json'
import { type Reason, reasons } from '../../model/reasons'
import { matches } from '../../model/selector'
import type { ObservedNode } from '../../model/world'
import type { NodeView } from '../nodes/node-view'

/** The nodes that may answer for the addresses that a set of L2Advertisements covers. */
export type EligibleNodes = {
  readonly eligible: CandidateMap
  /** Selected, but unable to answer now. They stay candidates if no node is eligible. */
  readonly unavailable: CandidateMap
  /** The interfaces to answer on, by node; undefined means all of them. */
  readonly interfaces: ReadonlyMap<string, readonly string[] | undefined>
  /** Why a selected node is not eligible, by node. */
  readonly obstacles: ReadonlyMap<string, Reason>
  /** How many nodes are eligible before externalTrafficPolicy Local narrows them to those with a pod. */
  readonly everywhere: number
  /** Those of the unavailable nodes whose speaker is starting. */
  readonly starting: ReadonlySet<string>
  /** externalTrafficPolicy Local has narrowed them. */
  readonly isNarrowed: boolean
  /** One of the advertisements prefers some nodes to others. */
  readonly hasPreferences: boolean
}

/** Returns a function that computes the nodes once for each set of advertisements: addresses are many, such sets are few. */
export function eligibility(views: ReadonlyMap<string, NodeView>): (advertisements: readonly ActiveL2Advertisement[]) => EligibleNodes {
  const byNames = new Map<string, EligibleNodes>()
  const shortcut = new WeakMap<readonly ActiveL2Advertisement[], EligibleNodes>()
  return (advertisements) => {
    const same = shortcut.get(advertisements)
    if (same !== undefined) return same
    const key = advertisements.map(({ name }) => name).join()
    const nodeSet = byNames.get(key) ?? eligibleNodesOf(advertisements, views)
    byNames.set(key, nodeSet)
    shortcut.set(advertisements, nodeSet)
    return nodeSet
  }
}

function eligibleNodesOf(advertisements: readonly ActiveL2Advertisement[], views: ReadonlyMap<string, NodeView>): EligibleNodes {
  const [eligible, unavailable] = [new Map<string, Candidate>(), new Map<string, Candidate>()]
  const interfaces = new Map<string, readonly string[] | undefined>()
  const obstacles = new Map<string, Reason>()
  for (const [name, view] of views) {
    const chosen = advertisements.filter(({ definition }) => announcesFrom(definition, view.node.labels))
    if (chosen.length === 0) continue
    const wanted = interfacesOf(chosen)
    const obstacle = view.excluded ?? view.unavailable ?? (hasInterface(view, wanted) ? undefined : 'NoInterface')
    const candidate = candidateOf(view, scoreOf(chosen, view.node))
    if (obstacle !== undefined) obstacles.set(name, obstacle)
    if (view.excluded !== undefined) continue
    interfaces.set(name, wanted)
    if (obstacle === undefined) eligible.set(name, candidate)
    else unavailable.set(name, candidate)
  }
  return {
    eligible,
    unavailable,
    interfaces,
    obstacles,
    everywhere: eligible.size,
    starting: new Set([...unavailable.keys()].filter((name) => views.get(name)?.starting === true)),
    isNarrowed: false,
    hasPreferences: advertisements.some(({ definition }) => definition.preferences.length > 0),
  }
}

/** A node that should leave ranks as one that is not ready: its addresses move away, unless no other node is left. */
export const candidateOf = ({ node, hash, ready, leaving }: NodeView, score: number): Candidate => ({
  node: node.name,
  hash,
  ready: ready && leaving === undefined,
  score,
  zone: node.zone,
})

/** The union of the advertisements' interfaces; undefined (all) if one of them names none. */
function interfacesOf(advertisements: readonly ActiveL2Advertisement[]): readonly string[] | undefined {
  if (advertisements.some(({ definition }) => definition.interfaces.length === 0)) return undefined
  return distinct(advertisements.flatMap(({ definition }) => definition.interfaces))
}

const hasInterface = ({ up }: NodeView, wanted: readonly string[] | undefined): boolean =>
  wanted === undefined ? up.size > 0 : wanted.some((name) => up.has(name))

const scoreOf = (advertisements: readonly ActiveL2Advertisement[], node: ObservedNode): number =>
  advertisements
    .flatMap(({ definition }) => definition.preferences)
    .reduce((sum, { weight, selector }) => sum + (matches(selector, node.labels) ? weight : 0), 0)

const shown = 5

/** One sentence for each node that is not eligible, at most five. */
export function obstacleText({ obstacles }: EligibleNodes): string {
  if (obstacles.size === 0) return 'No advertisement that covers it selects a node that exists.'
  const told = [...obstacles].slice(0, shown).map(([node, reason]) => `${node}: ${reasons[reason]}`)
  return [...told, ...(obstacles.size > shown ? [`And ${obstacles.size - shown} nodes more.`] : [])].join(' ')
}
