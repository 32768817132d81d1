import { onLab } from '../harness/on-lab'
import { routerDeath } from './cases/bgp/router-death'
import { drainOnL2 } from './cases/l2/l2-drain'
import { l2ByNdp } from './cases/l2/ndp'
import { udpServices } from './cases/services/udp'

onLab('What Loadstone promises, on the wire', l2ByNdp, udpServices, drainOnL2, routerDeath)
