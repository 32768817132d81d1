// Generated from crds/manifests by crds/generate.mjs. Do not edit.
import type { ObjectMeta } from '../object-meta'
import type { LabelSelector, StatusCondition } from './shared'

/** Addresses that Services of type LoadBalancer may be given. */
export type IPAddressPool = {
  readonly apiVersion: 'metallb.io/v1beta1'
  readonly kind: 'IPAddressPool'
  readonly metadata: ObjectMeta
  readonly spec: IPAddressPoolSpec
  readonly status?: IPAddressPoolStatus
}

/** The addresses, and which Services may have them. */
export type IPAddressPoolSpec = {
  /**
   * The addresses of the pool, each entry a CIDR (192.0.2.0/24, 2001:db8::/120) or a range with both ends included (192.0.2.10-192.0.2.20). Both families may stand in one pool. Entries must not overlap each other or another pool's; the operator decides that and says so in the condition Accepted.
   *
   * @minItems 1
   * @maxItems 4096
   */
  readonly addresses: readonly string[]
  /** Whether a Service that asks for nothing particular may be given an address from this pool. When false, only a Service that names the pool (annotation metallb.io/address-pool) or an address in it gets one. Default: true. */
  readonly autoAssign?: boolean
  /** Leave out IPv4 addresses that end in .0 or .255, which some old equipment drops. A Service that holds such an address when this is turned on loses it. Default: false. */
  readonly avoidBuggyIPs?: boolean
  /** Reserves the pool for some Services and puts it before pools without this field. A Service matches by its namespace and by its labels; what is left out matches every Service. */
  readonly serviceAllocation?: {
    /** Among reserved pools that match, the lowest number is tried first; 0 or absent comes last. */
    readonly priority?: number
    /** Namespaces whose Services may use the pool, in addition to those that namespaceSelectors choose. */
    readonly namespaces?: readonly string[]
    /**
     * Labels of namespaces whose Services may use the pool. One matching selector suffices.
     *
     * @maxItems 1024
     */
    readonly namespaceSelectors?: readonly LabelSelector[]
    /**
     * Labels of Services that may use the pool. One matching selector suffices.
     *
     * @maxItems 1024
     */
    readonly serviceSelectors?: readonly LabelSelector[]
  }
}

/** What the operator makes of the pool. */
export type IPAddressPoolStatus = {
  /** IPv4 addresses in use. */
  readonly assignedIPv4?: number
  /** IPv6 addresses in use. */
  readonly assignedIPv6?: number
  /** IPv4 addresses that are free. */
  readonly availableIPv4?: number
  /** IPv6 addresses that are free, counted up to 9007199254740991. */
  readonly availableIPv6?: number
  /** Accepted tells whether the object is in order; if not, reason and message tell why. InForce tells whether it has effect, which for an object that was in order before is what it said then. */
  readonly conditions?: readonly StatusCondition[]
}
