export {
  type ApiAnswer,
  type ApiCall,
  type ApiServer,
  type ApiStatus,
  ApiUnreachable,
  type Method,
  type Unreachable,
  type WatchEvent,
} from './client/api-server'
export { statusOf } from './client/http-api-server'
export { httpsApiServer } from './client/https-client'
export { type KubeObject, keyOf, type ObjectName, whole } from './client/object'
export { collectionPath, objectPath, type Resource } from './client/resource'
export { podServiceAccount, type ServiceAccount } from './client/service-account'
export type { Election, ElectionOptions, ElectionTiming } from './election/election'
export { LeaseElection } from './election/lease-election'
export type { EventInput, ObjectReference } from './events/event'
export { EventRecorder, type EventRecorderOptions } from './events/event-recorder'
export type { Change, Reflection, ReflectionState, ReflectorOptions } from './reflector/reflection'
export { Reflector } from './reflector/reflector'
export { watchRestarts } from './reflector/watch-restarts'
export type { QueuedWrite, QueuedWriteResult, WriteLanesOptions, WriteOutcome } from './writes/write'
export { type AppliedObject, applyCall, createCall, deleteCall, type Manager, mergePatchCall } from './writes/write-calls'
export { WriteLanes } from './writes/write-lanes'
