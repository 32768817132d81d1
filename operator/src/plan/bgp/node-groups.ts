import { createHash } from 'node:crypto'
import type { ActiveBgpAdvertisement } from '../../config/config'
import { announcesFrom } from '../../config/config'
import { compare, distinct } from '../../model/json'
import { selectorText } from '../../model/selector'
import type { NodeView } from '../nodes/node-view'

/** Nodes to which the same advertisements apply, for some set of advertisements. */
export type Audience = {
  /** In words, and the identity: equal text, equal nodes. */
  readonly text: string
  readonly nodes: readonly string[]
  readonly includes: (advertisement: ActiveBgpAdvertisement) => boolean
}

const everyNode = 'every-node'

/** Which nodes an advertisement selects, as text. Two advertisements with equal text select the same nodes, whatever their labels. */
export function audienceText({ definition }: ActiveBgpAdvertisement): string {
  const texts = distinct(definition.nodeSelectors.map(selectorText))
  return texts.length === 0 || texts.includes('every') ? everyNode : bounded(texts.join(' or '))
}

/**
 * Divides the nodes by which of the advertisements apply to them, so that a node finds each prefix in one RouteSet only, with everything
 * that is to be said about it, and no speaker has to put anything together.
 */
export function audiences(
  views: ReadonlyMap<string, NodeView>,
): (advertisements: readonly ActiveBgpAdvertisement[]) => readonly Audience[] {
  const known = new Map<string, readonly Audience[]>()
  return (advertisements) => {
    const texts = distinct(advertisements.map(audienceText))
    const key = texts.join('\n')
    const found = known.get(key) ?? divide(texts, advertisements, views)
    known.set(key, found)
    return found
  }
}

function divide(
  texts: readonly string[],
  advertisements: readonly ActiveBgpAdvertisement[],
  views: ReadonlyMap<string, NodeView>,
): readonly Audience[] {
  const groups = new Map<string, { nodes: string[]; applying: ReadonlySet<string> }>()
  for (const [name, { node }] of views) {
    const applying = new Set(advertisements.filter(({ definition }) => announcesFrom(definition, node.labels)).map(audienceText))
    if (applying.size === 0) continue
    const text = inWords(texts, applying)
    const group = groups.get(text) ?? { nodes: [], applying }
    group.nodes.push(name)
    groups.set(text, group)
  }
  return [...groups]
    .map(
      ([text, { nodes, applying }]): Audience => ({ text, nodes, includes: (advertisement) => applying.has(audienceText(advertisement)) }),
    )
    .sort((a, b) => compare(a.text, b.text))
}

/** `rack=1`, `every-node but not rack=1`: equal text must mean equal nodes, also for another set of advertisements. */
function inWords(texts: readonly string[], applying: ReadonlySet<string>): string {
  const particular = texts.filter((text) => applying.has(text) && text !== everyNode)
  const without = texts.filter((text) => !applying.has(text))
  const head = particular.length === 0 ? everyNode : particular.join(' and ')
  return bounded(without.length === 0 ? head : `${head} but not ${without.join(' nor ')}`)
}

/** The text stands in an object and is an identity, so where it is cut, a hash of the rest keeps it one. */
const bounded = (text: string): string => (text.length <= longest ? text : `${text.slice(0, longest)}… ${digest(text)}`)
const longest = 1000
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)

/** RouteSet number n of an audience. */
export const routeSetName = (audience: string, n: number): string =>
  audience === everyNode ? `${everyNode}-${n}` : `nodes-${digest(audience)}-${n}`
