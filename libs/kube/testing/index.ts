export { createCrds, serviceAccountToken } from './manifests'
export { type RunningApiServer, type RunOptions, runApiServer } from './run-api-server'
export { useApiServer } from './use-api-server'
