export { LeaseElection } from './election/lease-election'
