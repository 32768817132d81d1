export { type Access, podAccess } from './access'
export {
  type ApiAnswer,
  type ApiCall,
  type ApiServer,
  type ApiStatus,
  ApiUnreachable,
  type Method,
  type Unreachable,
  type WatchEvent,
} from './api-server'
export type { Election, ElectionOptions, ElectionTiming } from './election'
export type { ObjectReference, Occurrence } from './event'
export { EventRecorder, type EventRecorderOptions } from './event-recorder'
export { LeaseElection } from './lease-election'
export { type KubeObject, keyOf, type ObjectName, whole } from './object'
export type { Change, Reflection, ReflectionState, ReflectorOptions } from './reflection'
export { Reflector } from './reflector'
export { collectionPath, objectPath, type Resource } from './resource'
export { countRestarts } from './restarts'
export { slimServer } from './slim-server'
export { statusOf } from './transport'
export type { Write, WriteLanesOptions, WriteOutcome, WriteResult } from './write'
export { type AppliedObject, applyCall, createCall, deleteCall, type Manager, mergePatchCall } from './write-calls'
export { WriteLanes } from './write-lanes'
