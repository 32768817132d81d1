// Generated from crds/manifests by crds/generate.mjs. Do not edit.
import type { ObjectMeta } from '../object-meta'
import type { LabelSelector, StatusCondition } from './shared'

/** Lets addresses be announced to routers by BGP, from every node that may announce them at once. */
export type BGPAdvertisement = {
  readonly apiVersion: 'metallb.io/v1beta1'
  readonly kind: 'BGPAdvertisement'
  readonly metadata: ObjectMeta
  readonly spec?: BGPAdvertisementSpec
  readonly status?: BGPAdvertisementStatus
}

/** Which addresses go to which peers, from which nodes and with which attributes. What is left out does not restrict. */
export type BGPAdvertisementSpec = {
  /** Length of the IPv4 prefixes that are announced; addresses within one prefix share a route. It must not be shorter than any of the pool's own prefixes. Default: 32. */
  readonly aggregationLength?: number
  /** Length of the IPv6 prefixes that are announced, likewise. Default: 128. */
  readonly aggregationLengthV6?: number
  /** LOCAL_PREF of the routes, which only iBGP peers are told; the highest is preferred. Advertisements of one pool must agree on it unless they differ in prefix length, peers or nodes. */
  readonly localPref?: number
  /** How many times more the node's own AS number stands in the AS_PATH of the routes, so that routers prefer other paths. Only eBGP peers are told. Advertisements of one pool that both set it must agree, as with localPref. */
  readonly asPathPrepend?: number
  /**
   * BGP communities of the routes: 64512:100, large:64512:1:2, or a name that a Community object gives to one.
   *
   * @maxItems 1024
   */
  readonly communities?: readonly string[]
  /** IPAddressPools to announce, by name, in addition to those that ipAddressPoolSelectors choose. With neither field, every pool is announced. */
  readonly ipAddressPools?: readonly string[]
  /**
   * Labels of IPAddressPools to announce. One matching selector suffices.
   *
   * @maxItems 1024
   */
  readonly ipAddressPoolSelectors?: readonly LabelSelector[]
  /**
   * Labels of nodes that announce. One matching selector suffices; without any, every node does.
   *
   * @maxItems 1024
   */
  readonly nodeSelectors?: readonly LabelSelector[]
  /** BGPPeers that are told, by name. Without any, all are. */
  readonly peers?: readonly string[]
  /**
   * Labels of Services to announce. One matching selector suffices; without any, every Service is. Not together with aggregation lengths other than 32 and 128.
   *
   * @maxItems 1024
   */
  readonly serviceSelectors?: readonly LabelSelector[]
}

/** What the operator makes of the advertisement. */
export type BGPAdvertisementStatus = {
  /** Services whose address is announced because of this advertisement. */
  readonly services?: number
  /** Accepted tells whether the object is in order; if not, reason and message tell why. InForce tells whether it has effect, which for an object that was in order before is what it said then. */
  readonly conditions?: readonly StatusCondition[]
}
