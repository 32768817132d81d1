import { silentDeath } from './bfd'
import { draining } from './draining'
import { fields } from './fields'
import { gracefulRestart } from './graceful'
import { ipv6Routed } from './ipv6'
import { localWithoutOperator } from './local'
import { onLab } from './on-lab'

// The first leaves the Services that the others need; the cluster has a node less after the last.
onLab('Loadstone and its routers, on a real cluster', ipv6Routed, gracefulRestart, fields, localWithoutOperator, draining, silentDeath)
