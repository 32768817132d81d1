// Generated from crds/manifests by crds/generate.mjs. Do not edit.
import type { ObjectMeta } from '../object-meta'

/** A part of what one node announces: addresses on the local network, and routes that no other node announces. The operator writes it; the label loadstone.dev/node names the node. */
export type AnnouncementSlice = {
  readonly apiVersion: 'loadstone.dev/v1alpha1'
  readonly kind: 'AnnouncementSlice'
  readonly metadata: ObjectMeta
  readonly spec: AnnouncementSliceSpec
}

/** The addresses and routes, at most 256 together. */
export type AnnouncementSliceSpec = {
  /** The node. */
  readonly node: string
  /**
   * Addresses answered for by ARP or NDP.
   *
   * @maxItems 256
   */
  readonly l2: readonly {
    /** The address. */
    readonly address: string
    /**
     * The Services that have it, as namespace/name.
     *
     * @maxItems 1024
     */
    readonly services: readonly string[]
    /**
     * Interfaces it is answered for on. Absent, every one.
     *
     * @minItems 1
     * @maxItems 256
     */
    readonly interfaces?: readonly string[]
    /**
     * Nodes that may answer. The first does; the others stand by in this order.
     *
     * @minItems 1
     * @maxItems 8
     */
    readonly candidates: readonly string[]
    /** Rises with every change of candidates, so that the newer decision is known. */
    readonly term: number
    /** The node that hands the address over. */
    readonly from?: string
  }[]
  /**
   * Routes announced by BGP from this node alone.
   *
   * @maxItems 256
   */
  readonly routes: readonly {
    /** The prefix, as address/length. */
    readonly prefix: string
    /**
     * The Services it is announced for, as namespace/name.
     *
     * @maxItems 1024
     */
    readonly services: readonly string[]
    /**
     * The BGPPeers it goes to. Absent, all of the node's sessions.
     *
     * @minItems 1
     * @maxItems 256
     */
    readonly peers?: readonly string[]
    /**
     * Its communities, as a:b or large:a:b:c, sorted.
     *
     * @maxItems 1024
     */
    readonly communities?: readonly string[]
    /** LOCAL_PREF, which only iBGP peers are told. */
    readonly localPref?: number
    /** The port on the node that tells whether it has an endpoint of the Service (externalTrafficPolicy Local). While it has none, the route is withdrawn. */
    readonly healthCheckNodePort?: number
  }[]
}
