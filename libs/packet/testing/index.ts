export { block, delivered, stamping } from './datagrams'
export { type Ended, endBody, inNetns, ip, role, roleEnvironment, startRole } from './netns'
export { until, type VethEnd, veth } from './veth'
