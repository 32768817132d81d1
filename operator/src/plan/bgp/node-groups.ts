import { createHash } from 'node:crypto'
import type { ActiveBgpAdvertisement } from '../../config/config'
import { announcesFrom } from '../../config/config'
import { compare, distinct } from '../../model/json'
import { selectorText } from '../../model/selector'
import type { NodeView } from '../nodes/node-view'

/** The nodes to which the same advertisements of a set apply. */
export type Audience = {
  /** Identity of the audience, readable for people: equal texts mean equal nodes. */
  readonly text: string
  readonly nodes: readonly string[]
  readonly includes: (advertisement: ActiveBgpAdvertisement) => boolean
}

const everyNode = 'every-node'

/** The node selectors of an advertisement as text. Equal texts select equal nodes, whatever labels these have. */
export function audienceText({ definition }: ActiveBgpAdvertisement): string {
  const texts = distinct(definition.nodeSelectors.map(selectorText))
  return texts.length === 0 || texts.includes('every') ? everyNode : bounded(texts.join(' or '))
}

/**
 * Groups the nodes by the advertisements that apply to them. A node then finds each prefix in one RouteSet only, with all attributes,
 * and no speaker has to merge routes.
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

/** Text such as `rack=1` or `every-node but not rack=1`. Equal texts mean equal nodes, also for other sets of advertisements. */
function inWords(texts: readonly string[], applying: ReadonlySet<string>): string {
  const particular = texts.filter((text) => applying.has(text) && text !== everyNode)
  const without = texts.filter((text) => !applying.has(text))
  const head = particular.length === 0 ? everyNode : particular.join(' and ')
  return bounded(without.length === 0 ? head : `${head} but not ${without.join(' nor ')}`)
}

/** Limits the length of the text. A hash of the whole text keeps it an identity. */
const bounded = (text: string): string => (text.length <= longest ? text : `${text.slice(0, longest)}… ${digest(text)}`)
const longest = 1000
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12)

/** Name of RouteSet number n of an audience. */
export const routeSetName = (audience: string, n: number): string =>
  audience === everyNode ? `${everyNode}-${n}` : `nodes-${digest(audience)}-${n}`
