import { announcesFrom, type L2Advertisement } from '../../config/config'
import type { Contender } from '../../elect/elect'
import { distinct } from '../../model/json'
import { type Reason, reasons } from '../../model/reasons'
import { matches } from '../../model/selector'
import type { Node } from '../../model/world'
import type { Place } from '../nodes/node-view'

/** Who may answer for the addresses that a set of L2Advertisements covers. */
export type Team = {
  readonly fit: ReadonlyMap<string, Contender>
  /** May, but cannot now: they stay if nobody else is left. */
  readonly ailing: ReadonlyMap<string, Contender>
  /** On which interfaces, by node; undefined is every one. */
  readonly interfaces: ReadonlyMap<string, readonly string[] | undefined>
  /** Why the others are not among them. */
  readonly unfit: ReadonlyMap<string, Reason>
  /** How many are fit before a Service narrows it to where its pods are. */
  readonly everywhere: number
  /** Some will be fit in a moment: their speakers are starting. */
  readonly starting: number
}

/** Teams are few and addresses many, so each is worked out once. */
export function teams(places: ReadonlyMap<string, Place>): (advertisements: readonly L2Advertisement[]) => Team {
  const known = new Map<string, Team>()
  const shortcut = new WeakMap<readonly L2Advertisement[], Team>()
  return (advertisements) => {
    const same = shortcut.get(advertisements)
    if (same !== undefined) return same
    const key = advertisements.map(({ name }) => name).join()
    const team = known.get(key) ?? teamOf(advertisements, places)
    known.set(key, team)
    shortcut.set(advertisements, team)
    return team
  }
}

function teamOf(advertisements: readonly L2Advertisement[], places: ReadonlyMap<string, Place>): Team {
  const [fit, ailing] = [new Map<string, Contender>(), new Map<string, Contender>()]
  const interfaces = new Map<string, readonly string[] | undefined>()
  const unfit = new Map<string, Reason>()
  for (const [name, place] of places) {
    const chosen = advertisements.filter(({ definition }) => announcesFrom(definition, place.node.labels))
    if (chosen.length === 0) continue
    const wanted = interfacesOf(chosen)
    const trouble = place.barred ?? place.ailing ?? (hasInterface(place, wanted) ? undefined : 'NoInterface')
    const contender = contenderOf(place, scoreOf(chosen, place.node))
    if (trouble !== undefined) unfit.set(name, trouble)
    if (place.barred !== undefined) continue
    interfaces.set(name, wanted)
    if (trouble === undefined) fit.set(name, contender)
    else ailing.set(name, contender)
  }
  return {
    fit,
    ailing,
    interfaces,
    unfit,
    everywhere: fit.size,
    starting: [...ailing.keys()].filter((name) => places.get(name)?.starting === true).length,
  }
}

/** Who should leave ranks behind who stays, as one that is not ready does: addresses move away, but never to nobody. */
export const contenderOf = ({ node, hash, ready, leaving }: Place, score: number): Contender => ({
  node: node.name,
  hash,
  ready: ready && leaving === undefined,
  score,
  zone: node.zone,
})

/** Interfaces of several advertisements add up, and one that names none means every one. */
function interfacesOf(advertisements: readonly L2Advertisement[]): readonly string[] | undefined {
  if (advertisements.some(({ definition }) => definition.interfaces.length === 0)) return undefined
  return distinct(advertisements.flatMap(({ definition }) => definition.interfaces))
}

const hasInterface = ({ up }: Place, wanted: readonly string[] | undefined): boolean =>
  wanted === undefined ? up.size > 0 : wanted.some((name) => up.has(name))

const scoreOf = (advertisements: readonly L2Advertisement[], node: Node): number =>
  advertisements
    .flatMap(({ definition }) => definition.preferences)
    .reduce((sum, { weight, selector }) => sum + (matches(selector, node.labels) ? weight : 0), 0)

const shown = 5

/** For people: each node and what is in its way. */
export function obstacles({ unfit }: Team): string {
  if (unfit.size === 0) return 'No advertisement that covers it selects a node that exists.'
  const told = [...unfit].slice(0, shown).map(([node, reason]) => `${node}: ${reasons[reason]}`)
  return [...told, ...(unfit.size > shown ? [`And ${unfit.size - shown} nodes more.`] : [])].join(' ')
}
