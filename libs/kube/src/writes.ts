export type { QueuedWrite, WriteOutcome } from './writes/write'
export { type AppliedObject, applyCall, createCall, deleteCall, mergePatchCall } from './writes/write-calls'
export { WriteLanes } from './writes/write-lanes'
