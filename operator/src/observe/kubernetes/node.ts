import type { Condition } from '@loadstone/plan/status'
import { filled, isRecord, type Json, list, record, text } from '../../model/json'
import { matches, type Selector } from '../../model/selector'
import type { ObservedNode, SpeakerPod } from '../../model/world'
import { secondsOf } from '../fields/duration'
import { conditionsOf, metaOf } from '../fields/meta'

const excludeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers'
const zoneLabel = 'topology.kubernetes.io/zone'
/** Annotation that drains a node, with any value but "false". */
const drainAnnotation = 'loadstone.dev/drain'
const outOfService = 'node.kubernetes.io/out-of-service'

export function parseNode(object: unknown, ignoreExcludeLabel: boolean): ObservedNode | undefined {
  const meta = metaOf(object)
  if (meta === undefined) return undefined
  const conditions = conditionsOf(object)
  const ready = conditions.find(({ type }) => type === 'Ready')
  return {
    name: meta.name,
    labels: meta.labels,
    ...readinessOf(ready),
    networkUnavailable: conditions.some(({ type, status }) => type === 'NetworkUnavailable' && status === 'True'),
    outOfService: list(record(record(object)['spec'])['taints']).some((taint) => record(taint)['key'] === outOfService),
    excluded: !ignoreExcludeLabel && meta.labels.has(excludeLabel),
    shuttingDown: ready?.status === 'False' && /node is shutting down/i.test(ready.message),
    draining: (meta.annotations.get(drainAnnotation) ?? 'false') !== 'false',
    zone: meta.labels.get(zoneLabel) ?? '',
  }
}

/** A node without the condition counts as ready. */
const readinessOf = (ready: Condition | undefined): Pick<ObservedNode, 'ready' | 'notReadySinceSeconds'> => ({
  ready: ready === undefined || ready.status === 'True',
  notReadySinceSeconds: secondsOf(ready?.lastTransitionTime ?? '') ?? 0,
})

/**
 * A pod of the speaker. Its containers decide whether it is ready, not the condition Ready: the node controller sets that to False for
 * all pods of a node whose kubelet is silent, although the speaker may still announce.
 */
export function parseSpeakerPod(object: unknown, selector: Selector): SpeakerPod | undefined {
  const meta = metaOf(object)
  if (meta === undefined || !matches(selector, meta.labels)) return undefined
  const node = filled(record(record(object)['spec'])['nodeName'])
  if (node === undefined) return undefined
  const status = record(record(object)['status'])
  const running = status['phase'] === 'Running' && record(record(object)['metadata'])['deletionTimestamp'] === undefined
  return { name: meta.name, uid: meta.uid, node, ready: running && containersReady(object), startingUntilSeconds: startingUntil(status) }
}

/** Seconds that a started container may take to be ready, and that pulling an image may take. */
const patience = { running: 15, pulling: 60 }

/** Time until which the pod counts as starting. After a restart of a container it does not: the speaker may be crashing. */
function startingUntil(status: Json): number {
  const containers = list(status['containerStatuses']).map(record)
  if (containers.some(({ restartCount }) => restartCount !== 0 && restartCount !== undefined)) return 0
  const begun = containers.flatMap(({ state }) => secondsOf(text(record(record(state)['running'])['startedAt']) ?? '') ?? [])
  if (begun.length > 0) return Math.max(...begun) + patience.running
  const accepted = secondsOf(text(status['startTime']) ?? '')
  return accepted === undefined ? 0 : accepted + patience.pulling
}

function containersReady(object: unknown): boolean {
  const condition = conditionsOf(object).find(({ type }) => type === 'ContainersReady')
  if (condition !== undefined) return condition.status === 'True'
  const containers = list(record(record(object)['status'])['containerStatuses'])
  return containers.length > 0 && containers.every((container) => isRecord(container) && container['ready'] === true)
}
