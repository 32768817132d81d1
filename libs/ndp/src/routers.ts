export {
  type RouterAdvertisement,
  type RouterAdvertisementFrame,
  type RouterSolicitation,
  type RouterSolicitationFrame,
  routerAdvertisementFrame,
  routerSolicitationFrame,
} from './router-frame'
export {
  advertised,
  type KnownRouter,
  type NotARouterReason,
  nextExpiry,
  presentRouters,
  type Router,
  type Routers,
  routerFrom,
} from './router-list'
export { leastPresenceGapMillis, presence, presenceGapMillis, routerSolicitation, solicitationDelaysMillis } from './router-packets'
