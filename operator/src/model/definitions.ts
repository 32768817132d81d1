import type { Family, Ip } from '@loadstone/ip'
import type { PlannedBfd, PlannedSession } from '@loadstone/plan'
import type { Selector } from './selector'

/** Addresses from first to last, both included, as numbers for fast comparison. */
export type Block = {
  readonly family: Family
  readonly first: bigint
  readonly last: bigint
  /** Length of the widest CIDR in the block, by which MetalLB judges aggregation. */
  readonly widest: number
  /** The text in the object. */
  readonly text: string
  /** It is written as a prefix, not as a range. */
  readonly prefix: boolean
}

/** Which Services a pool serves; absent fields restrict nothing. */
export type Reservation = {
  /** Pools with a lower number come first. Infinity if the object gives none. */
  readonly priority: number
  readonly namespaces: readonly string[]
  readonly namespaceSelectors: readonly Selector[]
  readonly serviceSelectors: readonly Selector[]
}

export type PoolDefinition = {
  readonly kind: 'IPAddressPool'
  /** In the order of the object: earlier blocks are used first. */
  readonly blocks: readonly Block[]
  readonly autoAssign: boolean
  readonly avoidBuggyIPs: boolean
  readonly reservation: Reservation | undefined
}

/** What both kinds of advertisement select; empty lists restrict nothing. */
export type Scope = {
  readonly pools: readonly string[]
  readonly poolSelectors: readonly Selector[]
  readonly nodeSelectors: readonly Selector[]
  readonly serviceSelectors: readonly Selector[]
}

export type Preference = { readonly weight: number; readonly selector: Selector }

export type L2Definition = Scope & {
  readonly kind: 'L2Advertisement'
  readonly interfaces: readonly string[]
  readonly preferences: readonly Preference[]
}

export type BgpDefinition = Scope & {
  readonly kind: 'BGPAdvertisement'
  readonly aggregation: Readonly<Record<Family, number>>
  /** 0 means that the advertisement sets none. */
  readonly localPref: number
  /** How many times more the own AS number is prepended to AS_PATH. 0 means that the advertisement sets nothing. */
  readonly asPathPrepend: number
  /** Values in canonical text, or names that Community objects define. */
  readonly communities: readonly string[]
  readonly peers: readonly string[]
}

export type PeerDefinition = {
  readonly kind: 'BGPPeer'
  /** Exactly one of address and interface, and of peerASN and dynamicASN. */
  readonly address: Ip | undefined
  readonly interface: string | undefined
  readonly port: number
  /** AS number in the OPEN to this router: localASN if set, else myASN. */
  readonly myASN: number
  readonly peerASN: number | undefined
  readonly dynamicASN: PlannedSession['dynamicASN']
  readonly families: readonly Family[]
  readonly holdSeconds: number
  readonly keepaliveSeconds: number
  readonly connectSeconds: number
  readonly routerID: Ip | undefined
  readonly sourceAddress: Ip | undefined
  readonly vrf: string | undefined
  readonly ebgpMultiHop: boolean
  readonly gracefulRestart: boolean
  readonly passwordSecret: string | undefined
  /** Password in spec.password, in plain text. */
  readonly password: string | undefined
  readonly bfdProfile: string | undefined
  readonly nodeSelectors: readonly Selector[]
}

export type CommunityDefinition = { readonly kind: 'Community'; readonly aliases: ReadonlyMap<string, string> }

/** A BFDProfile with defaults filled in, and intervals raised to the shortest one of speakers. */
export type ProfileDefinition = Omit<PlannedBfd, 'profile'> & { readonly kind: 'BFDProfile' }

export type Definition = PoolDefinition | L2Definition | BgpDefinition | PeerDefinition | CommunityDefinition | ProfileDefinition

export type ConfigKind = Definition['kind']
