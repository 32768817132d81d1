import { onLab } from '../harness/on-lab'
import { localWithoutOperator } from './cases/local'
import { gracefulWithBfd, rollingRestarts } from './cases/rolling'

onLab('Loadstone restarted and absent, on a real cluster', rollingRestarts, gracefulWithBfd, localWithoutOperator)
