export { type Ended, inNetns, ip, role, roleEnvironment, startRole } from './netns'
