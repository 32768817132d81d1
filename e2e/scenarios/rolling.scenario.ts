import { onLab } from '../harness/on-lab'
import { gracefulWithBfd, rollingRestarts } from './cases/losses/rolling'
import { localWithoutOperator } from './cases/services/local'

onLab('Loadstone restarted and absent, on a real cluster', rollingRestarts, gracefulWithBfd, localWithoutOperator)
