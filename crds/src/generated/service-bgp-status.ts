// Generated from crds/manifests by crds/generate.mjs. Do not edit.
import type { ObjectMeta } from '../object-meta'

/** Which routers a node announces a Service to. */
export type ServiceBGPStatus = {
  readonly apiVersion: 'metallb.io/v1beta1'
  readonly kind: 'ServiceBGPStatus'
  readonly metadata: ObjectMeta
  readonly spec?: ServiceBGPStatusSpec
  readonly status?: ServiceBGPStatusStatus
}

/** Always empty. */
export type ServiceBGPStatusSpec = {}
/** The Service, and who announces it. */
export type ServiceBGPStatusStatus = {
  /** The node that announces. */
  readonly node?: string
  /** Name of the Service. */
  readonly serviceName?: string
  /** Namespace of the Service. */
  readonly serviceNamespace?: string
  /** The BGPPeers that are told, by name. */
  readonly peers?: readonly string[]
}
