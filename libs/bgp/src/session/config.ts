import type { Family, Ip } from '@loadstone/ip'
import type { AddPath, BgpRole } from './peer-open'

/** The complete and validated configuration of one session. Users give PeerOptions. */
export type SessionConfig = {
  readonly localAs: number
  readonly peerAs: number | 'internal' | 'external'
  /** Our BGP Identifier. */
  readonly id: Ip
  readonly holdSeconds: number
  /** Wanted interval; the agreed one is never more than a third of the hold time. */
  readonly keepaliveSeconds?: number
  /** ConnectRetryTime of RFC 4271: how long one attempt to connect may take. */
  readonly connectSeconds: number
  /** Wait for the peer's OPEN this long before sending ours (RFC 4271 §8.1.1); 0 sends at once. */
  readonly delayOpenSeconds: number
  /** Never dial; wait for the peer (RFC 4271 §8.1.1). */
  readonly passive: boolean
  readonly families: readonly Family[]
  /** Our role, RFC 9234. */
  readonly role?: BgpRole
  /** Refuse a peer that states no role. */
  readonly strictRole: boolean
  /** Offer to keep our routes over our restart, RFC 4724. `restarted` is said while we come back from one. */
  readonly gracefulRestart?: { readonly seconds: number; readonly restarted: boolean }
  /** Ask the peer to keep our routes this much longer, as long-lived stale ones (RFC 9494). */
  readonly longLivedSeconds?: number
  readonly addPath?: AddPath
}

/** RFC 4271 §1.1: a session inside one AS. */
export const isInternal = (config: Pick<SessionConfig, 'localAs' | 'peerAs'>): boolean =>
  config.peerAs === 'internal' || config.peerAs === config.localAs
