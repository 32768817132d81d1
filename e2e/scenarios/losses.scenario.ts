import { onLab } from '../harness/on-lab'
import { nodeShutdown } from './cases/losses/node-shutdown'
import { operatorLoss } from './cases/losses/operator-loss'

// The cluster has a node less after the last.
onLab('What Loadstone promises when nodes and operators go', nodeShutdown, operatorLoss)
