import { onLab } from '../harness/on-lab'
import { bfdSessions, nodeLoss } from './cases/bfd'
import { draining } from './cases/draining'
import { fields } from './cases/fields'
import { ipv6Routed } from './cases/ipv6'

// The cluster has a node less after the last.
onLab('Loadstone and its routers, on a real cluster', ipv6Routed, fields, draining, bfdSessions, nodeLoss)
