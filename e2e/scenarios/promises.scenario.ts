import { onLab } from '../harness/on-lab'
import { drainOnL2 } from './cases/l2-drain'
import { l2ByNdp } from './cases/ndp'
import { routerDeath } from './cases/router-death'
import { udpServices } from './cases/udp'

onLab('What Loadstone promises, on the wire', l2ByNdp, udpServices, drainOnL2, routerDeath)
