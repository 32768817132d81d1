// Entry point bgp-js/update: communities of routes, and the contents of the `update` event.
export { type LargeCommunity, parseCommunity, parseLargeCommunity, type StandardCommunity, wellKnown } from './message/update/community'
export { type ExtendedCommunity, parseExtendedCommunity } from './message/update/extended-community'
export type { AnnouncedPaths, Attributes, Origin, Update, WithdrawnPaths } from './message/update/update'
