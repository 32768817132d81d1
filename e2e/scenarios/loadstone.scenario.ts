import { onLab } from './on-lab'
import { nodeLoss, restarts } from './restarts'
import { services } from './services'

// The cluster has a node less after the last.
onLab('Loadstone on a real cluster', services, restarts, nodeLoss)
