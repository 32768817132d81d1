import { bfdSessions, nodeLoss } from './bfd'
import { draining } from './draining'
import { fields } from './fields'
import { ipv6Routed } from './ipv6'
import { onLab } from './on-lab'

// The cluster has a node less after the last.
onLab('Loadstone and its routers, on a real cluster', ipv6Routed, fields, draining, bfdSessions, nodeLoss)
