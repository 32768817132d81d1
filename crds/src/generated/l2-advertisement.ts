// Generated from crds/manifests by crds/generate.mjs. Do not edit.
import type { ObjectMeta } from '../object-meta'
import type { LabelSelector, StatusCondition } from './shared'

/** Lets addresses be announced on the local network, IPv4 by ARP and IPv6 by NDP, each by one node at a time. */
export type L2Advertisement = {
  readonly apiVersion: 'metallb.io/v1beta1'
  readonly kind: 'L2Advertisement'
  readonly metadata: ObjectMeta
  readonly spec?: L2AdvertisementSpec
  readonly status?: L2AdvertisementStatus
}

/** Which addresses, by which nodes and on which interfaces. What is left out does not restrict. */
export type L2AdvertisementSpec = {
  /** IPAddressPools to announce, by name, in addition to those that ipAddressPoolSelectors choose. With neither field, every pool is announced. */
  readonly ipAddressPools?: readonly string[]
  /**
   * Labels of IPAddressPools to announce. One matching selector suffices.
   *
   * @maxItems 1024
   */
  readonly ipAddressPoolSelectors?: readonly LabelSelector[]
  /**
   * Labels of nodes that may announce. One matching selector suffices; without any, every node may.
   *
   * @maxItems 1024
   */
  readonly nodeSelectors?: readonly LabelSelector[]
  /** Network interfaces on which addresses are answered for. Where several advertisements cover an address, their interfaces add up. Without any, every interface answers. */
  readonly interfaces?: readonly string[]
  /**
   * Labels of Services to announce. One matching selector suffices; without any, every Service is. A Service that shares its address (annotation metallb.io/allow-shared-ip) is not announced by an advertisement with this field.
   *
   * @maxItems 1024
   */
  readonly serviceSelectors?: readonly LabelSelector[]
  /**
   * Nodes that should rather announce than others. A node's weights add up over all advertisements that cover the address; the heaviest node that may announce does.
   *
   * @maxItems 1024
   */
  readonly preferredNodeSelectors?: readonly {
    /** How strongly matching nodes are preferred. */
    readonly weight: number
    /** Chooses objects by their labels. Everything in it must hold; an empty selector chooses every object. */
    readonly preference: LabelSelector
  }[]
}

/** What the operator makes of the advertisement. */
export type L2AdvertisementStatus = {
  /** Services whose address is announced because of this advertisement. */
  readonly services?: number
  /** Accepted tells whether the object is in order; if not, reason and message tell why. InForce tells whether it has effect, which for an object that was in order before is what it said then. */
  readonly conditions?: readonly StatusCondition[]
}
