import { onLab } from '../harness/on-lab'
import { bfdSessions, nodeLoss } from './cases/bgp/bfd'
import { draining } from './cases/bgp/draining'
import { fields } from './cases/bgp/fields'
import { ipv6Routed } from './cases/bgp/ipv6'

// The cluster has a node less after the last.
onLab('Loadstone and its routers, on a real cluster', ipv6Routed, fields, draining, bfdSessions, nodeLoss)
