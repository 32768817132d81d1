// Generated from crds/manifests by crds/generate.mjs. Do not edit.
import type { ObjectMeta } from '../object-meta'
import type { LabelSelector, StatusCondition } from './shared'

/** A router to hold BGP sessions with, one from every node that nodeSelectors choose. */
export type BGPPeer = {
  readonly apiVersion: 'metallb.io/v1beta2'
  readonly kind: 'BGPPeer'
  readonly metadata: ObjectMeta
  readonly spec: BGPPeerSpec
  readonly status?: BGPPeerStatus
}

/** The router and the session. */
export type BGPPeerSpec = {
  /** Our own AS number. */
  readonly myASN: number
  /** The router's AS number; the same as myASN makes an iBGP session. Either this or dynamicASN. */
  readonly peerASN?: number
  /** Accept whichever AS number the router states, as long as it is ours (internal) or is not (external). */
  readonly dynamicASN?: ('internal' | 'external')
  /** The AS number to state to this router in place of myASN; myASN then does not appear in its paths. The same as peerASN makes an iBGP session. */
  readonly localASN?: number
  /** The router's IP address. Either this or interface. */
  readonly peerAddress?: string
  /** The network interface whose neighbour is the router, found by its router advertisements; the session carries routes of both address families. Either this or peerAddress. */
  readonly interface?: string
  /** The local IP address to connect from, which the node must have. Without it, the kernel chooses. */
  readonly sourceAddress?: string
  /** The router's TCP port. 0 means 179. Default: 179. */
  readonly peerPort?: number
  /** How long the session outlives silence, such as 90s or 1m30s, in whole seconds; 0s means for ever. Three times keepaliveTime if only that is given. */
  readonly holdTime?: string
  /** How often to show that we are alive, such as 30s. A third of holdTime if absent. */
  readonly keepaliveTime?: string
  /** How long to wait between attempts to connect, in whole seconds from 1s to 65535s. */
  readonly connectTime?: string
  /** BGP identifier to state, as a dotted IPv4 address. Without it, the local IPv4 address of the session. */
  readonly routerID?: string
  /**
   * Labels of nodes that hold a session with the router. One matching selector suffices; without any, every node does.
   *
   * @maxItems 1024
   */
  readonly nodeSelectors?: readonly LabelSelector[]
  /** TCP-MD5 key of the session (RFC 2385), at most 80 bytes. passwordSecret is the better place for it. */
  readonly password?: string
  /** A Secret of type kubernetes.io/basic-auth in this object's namespace, whose key password holds the TCP-MD5 key. The session is renewed when it changes. */
  readonly passwordSecret?: {
    /** Name of the Secret. */
    readonly name?: string
    /** The namespace of this object, or absent. */
    readonly namespace?: string
  }
  /** The BFDProfile by which to watch the session. Without it, BFD is not used. While it does not exist no session is begun; one that runs goes on. */
  readonly bfdProfile?: string
  /** Ask the router to keep our routes for 120 s when the session ends without notice, as in an upgrade (RFC 4724). Cannot be changed once set. */
  readonly enableGracefulRestart?: boolean
  /** Whether the router, of another AS, may be more than one hop away. */
  readonly ebgpMultiHop?: boolean
  /** The VRF to connect from. It must exist on the node. */
  readonly vrf?: string
  /** Deprecated. One address family per session, which is so anyway; not together with dualStackAddressFamily or interface. Default: false. */
  readonly disableMP?: boolean
  /** Whether the one session carries routes of both address families. Otherwise it carries those of its own. Default: false. */
  readonly dualStackAddressFamily?: boolean
}

/** What became of the sessions. */
export type BGPPeerStatus = {
  /** Nodes whose session is established. */
  readonly sessionsUp?: number
  /** Nodes that should have a session. */
  readonly sessionsExpected?: number
  /** Accepted tells whether the object is in order; if not, reason and message tell why. InForce tells whether it has effect, which for an object that was in order before is what it said then. Established tells whether every node that should hold the session does; if not, on which it is down and why. */
  readonly conditions?: readonly StatusCondition[]
}
