import { onLab } from '../harness/on-lab'
import { nodeShutdown } from './cases/node-shutdown'
import { operatorLoss } from './cases/operator-loss'

// The cluster has a node less after the last.
onLab('What Loadstone promises when nodes and operators go', nodeShutdown, operatorLoss)
