// Generated from crds/manifests by crds/generate.mjs. Do not edit.
import type { ObjectMeta } from '../object-meta'

/** Which node announces a Service on the local network. */
export type ServiceL2Status = {
  readonly apiVersion: 'metallb.io/v1beta1'
  readonly kind: 'ServiceL2Status'
  readonly metadata: ObjectMeta
  readonly spec?: ServiceL2StatusSpec
  readonly status?: ServiceL2StatusStatus
}

/** Always empty. */
export type ServiceL2StatusSpec = {}
/** The Service, and who announces it. */
export type ServiceL2StatusStatus = {
  /** The node that announces. */
  readonly node?: string
  /** Name of the Service. */
  readonly serviceName?: string
  /** Namespace of the Service. */
  readonly serviceNamespace?: string
  /** The interfaces it is announced on. Without any, all of them. */
  readonly interfaces?: readonly {
    /** Name of the interface. */
    readonly name?: string
  }[]
}
