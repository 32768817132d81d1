import type { ApiCall } from '../client/api-server'
import type { KubeObject } from '../client/object'
import { collectionPath, objectPath, type Resource } from '../client/resource'
import { createCall, mergePatchCall } from '../writes/write-calls'
import type { Lease } from './fsm'

type LeaseSpec = {
  readonly holderIdentity?: string
  readonly leaseDurationSeconds?: number
  readonly leaseTransitions?: number
}

/** Absent fields are read as a lease that anybody may take. */
export function leaseOf(object: KubeObject): Lease {
  const { holderIdentity = '', leaseDurationSeconds = 0, leaseTransitions = 0 } = (object['spec'] ?? {}) as LeaseSpec
  return {
    holder: holderIdentity,
    durationMillis: leaseDurationSeconds * 1000,
    transitions: leaseTransitions,
    resourceVersion: object.metadata.resourceVersion,
  }
}

/** RFC 3339 with six digits after the point, which Kubernetes' MicroTime requires. */
export const microTime = (wallTime: string): string => wallTime.replace(/\.(\d{3})Z$/, '.$1000Z')

export type LeaseWriter = {
  readonly resource: Resource
  readonly name: string
  readonly identity: string
  readonly durationMillis: number
  readonly wallTime: () => string
}

export const readLease = ({ resource, name }: LeaseWriter): ApiCall => ({ method: 'GET', path: objectPath(resource, { name }) })

export function createLease(writer: LeaseWriter): ApiCall {
  const { resource, name } = writer
  const { group, version } = resource
  const body = { apiVersion: `${group}/${version}`, kind: 'Lease', metadata: { name }, spec: { ...taken(writer), leaseTransitions: 0 } }
  return { ...createCall(resource, body), path: collectionPath(resource) }
}

export function takeLease(writer: LeaseWriter, lease: Lease): ApiCall {
  const leaseTransitions = lease.transitions + (lease.holder === writer.identity ? 0 : 1)
  return patch(writer, lease.resourceVersion, { ...taken(writer), leaseTransitions })
}

export const renewLease = (writer: LeaseWriter, resourceVersion: string): ApiCall =>
  patch(writer, resourceVersion, { renewTime: microTime(writer.wallTime()) })

/** Duration one second, so that a candidate that waits for expiry waits briefly. */
export const releaseLease = (writer: LeaseWriter, resourceVersion: string): ApiCall =>
  patch(writer, resourceVersion, { holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(writer.wallTime()) })

function taken({ identity, durationMillis, wallTime }: LeaseWriter): object {
  const now = microTime(wallTime())
  return { holderIdentity: identity, leaseDurationSeconds: Math.ceil(durationMillis / 1000), acquireTime: now, renewTime: now }
}

const patch = ({ resource, name }: LeaseWriter, resourceVersion: string, spec: object): ApiCall =>
  mergePatchCall(resource, { name }, { metadata: { resourceVersion }, spec }, { fieldManager: 'loadstone-lease' })
