export type {
  AnnouncementPlanSpec,
  AnnouncementSliceSpec,
  L2Entry,
  Leaving,
  Partner,
  PlannedBfd,
  PlannedRoute,
  PlannedSession,
  RouteSetSpec,
  SecretReference,
} from './generated/types'
export { nodeLabel, type ServiceKey, sliceName } from './names'
export { fastestBfdMillis, liveSessionFields, maxEntries, nodeLabelKey, planGroup, planVersion, routesLabelKey } from './plan'
