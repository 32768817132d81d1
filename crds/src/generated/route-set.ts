// Generated from crds/manifests by crds/generate.mjs. Do not edit.
import type { ObjectMeta } from '../object-meta'

/** Routes that several nodes announce alike by BGP. The operator writes it; a node announces it when its AnnouncementPlan lists it. */
export type RouteSet = {
  readonly apiVersion: 'loadstone.dev/v1alpha1'
  readonly kind: 'RouteSet'
  readonly metadata: ObjectMeta
  readonly spec: RouteSetSpec
}

/** The routes, at most 256. */
export type RouteSetSpec = {
  /** Which nodes announce it, for people to read. AnnouncementPlans decide. */
  readonly audience: string
  /**
   * The routes.
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
