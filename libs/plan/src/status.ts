export { shorten, withTransitionTime } from './conditions'
export type {
  AnnouncementPlanStatus,
  BfdState,
  BfdStatus,
  ClaimStatus,
  Condition,
  ConditionStatus,
  InterfaceStatus,
  Negotiated,
  SessionState,
  SessionStatus,
} from './generated/types'
