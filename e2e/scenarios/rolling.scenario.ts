import { localWithoutOperator } from './local'
import { onLab } from './on-lab'
import { gracefulWithBfd, rollingRestarts } from './rolling'

onLab('Loadstone restarted and absent, on a real cluster', rollingRestarts, gracefulWithBfd, localWithoutOperator)
