import type { Leaving } from '@loadstone/plan'
import { textHash } from '../../elect/rendezvous-hash'
import { compare } from '../../model/json'
import type { Reason } from '../../model/reasons'
import { compiles, type OperatorSettings } from '../../model/settings'
import { longestStartSeconds, type ObservedNode, type PublishedPlan, type SpeakerPod, type World } from '../../model/world'

/** A node as planning sees it. */
export type NodeView = {
  readonly node: ObservedNode
  readonly hash: number
  /** Why the node must not announce at all: a label or a taint says so. */
  readonly excluded: Reason | undefined
  /** Why the node cannot answer for addresses now: it has no network, or its speaker does not run or has not reported. */
  readonly unavailable: Reason | undefined
  /** The node counts as ready. All do during an outage of the control plane. */
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
  const outage = isOutage(world, nowSeconds)
  const excludedPatterns = settings.excludeInterfaces.flatMap((pattern) => compiles(pattern) ?? [])
  const nodes = [...world.nodes].sort((a, b) => compare(a.name, b.name))
  return new Map(
    nodes.map((node): [string, NodeView] => {
      const pods = world.speakers.get(node.name) ?? []
      const plan = world.plans.get(node.name)
      const unavailable = unavailability(node, pods, plan)
      const up = upInterfaces(plan, excludedPatterns)
      const starting = unavailable !== undefined && pods.some((pod) => isStarting(pod, nowSeconds))
      const [excluded, leaving, ready] = [exclusion(node), reasonToLeave(node), node.ready || outage]
      return [node.name, { node, hash: textHash(node.name), excluded, unavailable, ready, leaving, up, starting }]
    }),
  )
}

/** In fewer nodes a third is one or two that have died, which says nothing of the control plane. */
const leastNodes = 10
/** A node that has been NotReady for longer is off, and says nothing of the control plane any more. */
const lately = 300

/**
 * Whether the control plane is at fault: more than a third of at least ten nodes are NotReady. Nodes count that have a speaker and are
 * Ready, or were within the last five minutes.
 */
function isOutage({ nodes, speakers }: Pick<World, 'nodes' | 'speakers'>, nowSeconds: number): boolean {
  const counted = nodes.filter(
    ({ name, ready, notReadySinceSeconds }) => speakers.has(name) && (ready || nowSeconds - notReadySinceSeconds < lately),
  )
  return counted.length >= leastNodes && counted.filter(({ ready }) => !ready).length * 3 > counted.length
}

/** Times are those of a kubelet, whose clock may be ahead: what would start for longer than any pod may is not believed. */
const isStarting = ({ startingUntilSeconds }: SpeakerPod, nowSeconds: number): boolean =>
  nowSeconds < startingUntilSeconds && startingUntilSeconds <= nowSeconds + longestStartSeconds

function exclusion(node: ObservedNode): Reason | undefined {
  if (node.outOfService) return 'OutOfService'
  return node.excluded ? 'NodeExcluded' : undefined
}

/** NetworkUnavailable is no exclusion: a CNI that restarts on all nodes at once must not withdraw everything. */
function unavailability(node: ObservedNode, pods: readonly SpeakerPod[], plan: PublishedPlan | undefined): Reason | undefined {
  if (node.networkUnavailable) return 'NetworkUnavailable'
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
