import { onLab } from '../harness/on-lab'
import { apiOutage, operatorRestart } from './cases/losses/restarts'
import { services } from './cases/services/services'

// The last takes the API server away, and the nodes need a while to be found Ready again.
onLab('Loadstone on a real cluster', services, operatorRestart, apiOutage)
