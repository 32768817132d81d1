import type { Leaving } from '@loadstone/plan'
import { textHash } from '../../elect/rendezvous-hash'
import { compare } from '../../model/json'
import type { Reason } from '../../model/reasons'
import { compiles, type Settings } from '../../model/settings'
import type { Node, PublishedPlan, SpeakerPod, World } from '../../model/world'

/** A node as planning sees it. */
export type Place = {
  readonly node: Node
  readonly hash: number
  /** Why it must not announce at all: somebody said so. */
  readonly barred: Reason | undefined
  /** Why it cannot answer for addresses right now: something is broken or has not begun. */
  readonly ailing: Reason | undefined
  /** Counts as ready. When more than a third of the nodes are silent, it is the control plane that has trouble, not they. */
  readonly ready: boolean
  /** Why it should hand over what it announces. */
  readonly leaving: Leaving | undefined
  /** Interfaces that are up and may announce. */
  readonly up: ReadonlySet<string>
  /** Its speaker is on its way up for the first time: worth a moment's wait. */
  readonly starting: boolean
}

/** By name, in order of names. */
export function placesOf(world: World, settings: Pick<Settings, 'excludeInterfaces'>, nowSeconds: number): ReadonlyMap<string, Place> {
  const silent = world.nodes.filter(({ ready }) => !ready).length
  const outage = silent * 3 > world.nodes.length
  const excluded = settings.excludeInterfaces.flatMap((pattern) => compiles(pattern) ?? [])
  const nodes = [...world.nodes].sort((a, b) => compare(a.name, b.name))
  return new Map(
    nodes.map((node): [string, Place] => {
      const pods = world.speakers.get(node.name) ?? []
      const plan = world.plans.get(node.name)
      const ailing = ailmentOf(pods, plan)
      const up = upInterfaces(plan, excluded)
      const starting = ailing !== undefined && pods.some(({ startingUntilSeconds }) => nowSeconds < startingUntilSeconds)
      const [barred, leaving, ready] = [barOf(node), reasonToLeave(node), node.ready || outage]
      return [node.name, { node, hash: textHash(node.name), barred, ailing, ready, leaving, up, starting }]
    }),
  )
}

function barOf(node: Node): Reason | undefined {
  if (node.outOfService) return 'OutOfService'
  if (node.excluded) return 'NodeExcluded'
  return node.networkUnavailable ? 'NetworkUnavailable' : undefined
}

function ailmentOf(pods: readonly SpeakerPod[], plan: PublishedPlan | undefined): Reason | undefined {
  if (!pods.some(({ ready }) => ready)) return 'NoSpeaker'
  return plan?.status === undefined ? 'SpeakerNotReported' : undefined
}

function upInterfaces(plan: PublishedPlan | undefined, excluded: readonly RegExp[]): ReadonlySet<string> {
  const up = (plan?.status?.interfaces ?? []).filter((item) => item.up && !excluded.some((pattern) => pattern.test(item.name)))
  return new Set(up.map(({ name }) => name))
}

/** Why somebody wants the node to hand over what it announces. A plain cordon is no reason: pods that run there go on serving. */
export function reasonToLeave({ outOfService, shuttingDown, draining }: Node): Leaving | undefined {
  if (outOfService) return 'out-of-service'
  if (shuttingDown) return 'shutdown'
  return draining ? 'drain' : undefined
}
