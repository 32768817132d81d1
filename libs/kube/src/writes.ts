export type { QueuedWrite, QueuedWriteResult, WriteLanesOptions, WriteOutcome } from './writes/write'
export { type AppliedObject, applyCall, createCall, deleteCall, type Manager, mergePatchCall } from './writes/write-calls'
export { WriteLanes } from './writes/write-lanes'
