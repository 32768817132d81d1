export { announcementPlanSpec, announcementPlanStatus, announcementSliceSpec, routeSetSpec } from './generated/validators'
export { type Contract, type Sound, salvage } from './salvage'
