import { drainOnL2 } from './l2-drain'
import { l2ByNdp } from './ndp'
import { onLab } from './on-lab'
import { routerDeath } from './router-death'
import { udpServices } from './udp'

onLab('What Loadstone promises, on the wire', l2ByNdp, udpServices, drainOnL2, routerDeath)
