export type { ElectionOptions, ElectionTiming, LeaderElection } from './election/election'
export { LeaseElection } from './election/lease-election'
