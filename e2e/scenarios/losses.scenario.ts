import { nodeShutdown } from './node-shutdown'
import { onLab } from './on-lab'
import { operatorLoss } from './operator-loss'

// The cluster has a node less after the last.
onLab('What Loadstone promises when nodes and operators go', nodeShutdown, operatorLoss)
