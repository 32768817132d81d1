import { onLab } from './on-lab'
import { gracefulWithBfd, rollingRestarts } from './rolling'

onLab('Speakers restarted on a real cluster', rollingRestarts, gracefulWithBfd)
