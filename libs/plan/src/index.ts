export type {
  AnnouncementPlanSpec,
  AnnouncementPlanStatus,
  AnnouncementSliceSpec,
  BfdState,
  BfdStatus,
  ClaimStatus,
  Condition,
  ConditionStatus,
  InterfaceStatus,
  L2Entry,
  Leaving,
  Negotiated,
  PlannedBfd,
  PlannedRoute,
  PlannedSession,
  RouteSetSpec,
  SecretReference,
  SessionState,
  SessionStatus,
} from './generated/types'
export { announcementPlanSpec, announcementPlanStatus, announcementSliceSpec, routeSetSpec } from './generated/validators'
export { nodeLabel, type ServiceKey, sliceName } from './names'
export { fastestBfdMillis, maxEntries, nodeLabelKey, planGroup, planVersion, routesLabelKey } from './plan'
export { type Contract, type Sound, salvage } from './salvage'
