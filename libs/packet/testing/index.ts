export { type Ended, inNetns, ip, role, roleEnvironment, startRole } from './netns'
export { until, type VethEnd, veth } from './veth'
