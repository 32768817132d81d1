export {
  type RouterAdvertisement,
  type RouterAdvertisementFrame,
  type RouterSolicitation,
  type RouterSolicitationFrame,
  routerAdvertisementFrame,
  routerSolicitationFrame,
} from './message/router'
export { leastPresenceGapMillis, presence, presenceGapMillis, routerSolicitation, solicitationDelaysMillis } from './router/packets'
export {
  advertised,
  type KnownRouter,
  type NotARouterReason,
  nextExpiry,
  presentRouters,
  type Router,
  type Routers,
  routerFrom,
} from './router/router-list'
