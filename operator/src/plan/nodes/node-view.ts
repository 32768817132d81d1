import type { Leaving } from '@loadstone/plan'
import { textHash } from '../../elect/rendezvous-hash'
import { compare } from '../../model/json'
import type { Reason } from '../../model/reasons'
import { compiles, type OperatorSettings } from '../../model/settings'
import type { ObservedNode, PublishedPlan, SpeakerPod, World } from '../../model/world'

/** A node as planning sees it. */
export type NodeView = {
  readonly node: ObservedNode
  readonly hash: number
  /** Why the node must not announce at all: a label, a taint or a condition says so. */
  readonly excluded: Reason | undefined
  /** Why the node cannot answer for addresses now: its speaker does not run or has not reported. */
  readonly unavailable: Reason | undefined
  /** The node counts as ready. All do while more than a third of the nodes are not: then the control plane is at fault. */
  readonly ready: boolean
  /** Why the node should hand over what it announces; undefined if it should not. */
  readonly leaving: Leaving | undefined
  /** Interfaces that are up and may announce. */
  readonly up: ReadonlySet<string>
  /** The speaker of the node starts for the first time, so placing addresses waits for it. */
  readonly starting: boolean
}

/** The nodes by name, in the order of names. */
export function nodeViews(
  world: World,
  settings: Pick<OperatorSettings, 'excludeInterfaces'>,
  nowSeconds: number,
): ReadonlyMap<string, NodeView> {
  const silent = world.nodes.filter(({ ready }) => !ready).length
  const outage = silent * 3 > world.nodes.length
  const excludedPatterns = settings.excludeInterfaces.flatMap((pattern) => compiles(pattern) ?? [])
  const nodes = [...world.nodes].sort((a, b) => compare(a.name, b.name))
  return new Map(
    nodes.map((node): [string, NodeView] => {
      const pods = world.speakers.get(node.name) ?? []
      const plan = world.plans.get(node.name)
      const unavailable = unavailability(pods, plan)
      const up = upInterfaces(plan, excludedPatterns)
      const starting = unavailable !== undefined && pods.some(({ startingUntilSeconds }) => nowSeconds < startingUntilSeconds)
      const [excluded, leaving, ready] = [exclusion(node), reasonToLeave(node), node.ready || outage]
      return [node.name, { node, hash: textHash(node.name), excluded, unavailable, ready, leaving, up, starting }]
    }),
  )
}

function exclusion(node: ObservedNode): Reason | undefined {
  if (node.outOfService) return 'OutOfService'
  if (node.excluded) return 'NodeExcluded'
  return node.networkUnavailable ? 'NetworkUnavailable' : undefined
}

function unavailability(pods: readonly SpeakerPod[], plan: PublishedPlan | undefined): Reason | undefined {
  if (!pods.some(({ ready }) => ready)) return 'NoSpeaker'
  return plan?.status === undefined ? 'SpeakerNotReported' : undefined
}

function upInterfaces(plan: PublishedPlan | undefined, excludedPatterns: readonly RegExp[]): ReadonlySet<string> {
  const up = (plan?.status?.interfaces ?? []).filter((item) => item.up && !excludedPatterns.some((pattern) => pattern.test(item.name)))
  return new Set(up.map(({ name }) => name))
}

/** Why the node should hand over what it announces. A cordon alone is no reason: its pods go on serving. */
function reasonToLeave({ outOfService, shuttingDown, draining }: ObservedNode): Leaving | undefined {
  if (outOfService) return 'out-of-service'
  if (shuttingDown) return 'shutdown'
  return draining ? 'drain' : undefined
}
