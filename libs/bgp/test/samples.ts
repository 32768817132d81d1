import type { Ip } from '@loadstone/ip'
import type { NegotiatedSession } from '../src/message/negotiated-session'
import type { SessionConfig } from '../src/session/config'
import { negotiate } from '../src/session/negotiate'
import type { PeerOpen } from '../src/session/peer-open'

/** A configuration, an OPEN that suits it and what the two agree on. Each case spreads them and changes one thing. */
export const config: SessionConfig = {
  localAs: 65001,
  peerAs: 65002,
  id: '192.0.2.1' as Ip,
  holdSeconds: 90,
  connectSeconds: 10,
  delayOpenSeconds: 0,
  passive: false,
  families: ['ipv4', 'ipv6'],
  strictRole: false,
}

export const peerOpen: PeerOpen = {
  version: 4,
  as: 65002,
  id: '192.0.2.2' as Ip,
  holdSeconds: 90,
  families: ['ipv4', 'ipv6'],
  fourOctetAs: true,
  routeRefresh: true,
  enhancedRefresh: false,
  extendedMessage: false,
  extendedNextHop: false,
  addPath: {},
  roles: [],
  longLived: {},
  capabilities: [],
  foreignParameters: [],
}

const answer = negotiate(config, peerOpen)
if ('refuse' in answer) throw new Error('the samples do not fit each other')
export const negotiated: NegotiatedSession = answer
