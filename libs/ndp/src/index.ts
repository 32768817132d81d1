export { type Answer, answer, type Conflict, conflictOf, type Ignored, type Interface, type Use, type Uses } from './answer'
export { advertisementDelaysMillis, defendIntervalMillis, mayDefend, probeDelaysMillis, probeWindowMillis } from './defence'
export { type NdpFrame, type NdpMessage, ndpFrame, speaksFor, type } from './frame'
export { allNodes, allRouters, groupMac, solicitedNodeGroup } from './groups'
export { type NdpOption, optionType } from './option'
export { type Announcer, advertisement, probe, question, replyTo } from './packets'
export { Responder } from './responder'
export {
  type RouterAdvertisement,
  type RouterAdvertisementFrame,
  type RouterSolicitation,
  type RouterSolicitationFrame,
  routerAdvertisementFrame,
  routerSolicitationFrame,
} from './router-frame'
export { leastPresenceGapMillis, presence, presenceGapMillis, routerSolicitation, solicitationDelaysMillis } from './router-packets'
export { hear, type KnownRouter, type NoRouter, nextExpiry, presentRouters, type Router, type Routers, routerFrom } from './routers'
