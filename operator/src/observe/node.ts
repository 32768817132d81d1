import { parseIp } from '@loadstone/ip'
import { filled, isRecord, list, record, text } from '../json'
import { matches, type Selector } from '../selector'
import type { Node, SpeakerPod } from '../world'
import { conditionsOf, metaOf } from './meta'
import { secondsOf } from './time'

const excludeLabel = 'node.kubernetes.io/exclude-from-external-load-balancers'
const zoneLabel = 'topology.kubernetes.io/zone'
const outOfService = 'node.kubernetes.io/out-of-service'

export function parseNode(object: unknown, ignoreExcludeLabel: boolean): Node | undefined {
  const meta = metaOf(object)
  if (meta === undefined) return undefined
  const conditions = conditionsOf(object)
  const ready = conditions.find(({ type }) => type === 'Ready')
  return {
    name: meta.name,
    labels: meta.labels,
    // A node that says nothing yet is not accused of anything.
    ready: ready === undefined || ready.status === 'True',
    networkUnavailable: conditions.some(({ type, status }) => type === 'NetworkUnavailable' && status === 'True'),
    outOfService: list(record(record(object)['spec'])['taints']).some((taint) => record(taint)['key'] === outOfService),
    excluded: !ignoreExcludeLabel && meta.labels.has(excludeLabel),
    shuttingDown: ready?.status === 'False' && /node is shutting down/i.test(ready.message),
    zone: meta.labels.get(zoneLabel) ?? '',
    address: internalAddress(object),
  }
}

function internalAddress(object: unknown): Node['address'] {
  const addresses = list(record(record(object)['status'])['addresses']).map(record)
  return parseIp(text(addresses.find(({ type }) => type === 'InternalIP')?.['address']) ?? '')
}

/**
 * A pod of the speaker. Judged by its containers, not by the pod's own condition Ready: that one the node controller takes away
 * from every pod of a node whose kubelet is silent, whether or not the speaker announces.
 */
export function parseSpeakerPod(object: unknown, selector: Selector): SpeakerPod | undefined {
  const meta = metaOf(object)
  if (meta === undefined || !matches(selector, meta.labels)) return undefined
  const node = filled(record(record(object)['spec'])['nodeName'])
  if (node === undefined) return undefined
  const status = record(record(object)['status'])
  const running = status['phase'] === 'Running' && record(record(object)['metadata'])['deletionTimestamp'] === undefined
  return { node, ready: running && containersReady(object), startedSeconds: secondsOf(text(status['startTime']) ?? '') ?? 0 }
}

function containersReady(object: unknown): boolean {
  const condition = conditionsOf(object).find(({ type }) => type === 'ContainersReady')
  if (condition !== undefined) return condition.status === 'True'
  const containers = list(record(record(object)['status'])['containerStatuses'])
  return containers.length > 0 && containers.every((container) => isRecord(container) && container['ready'] === true)
}
