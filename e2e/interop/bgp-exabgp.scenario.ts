import { column } from './bgp/suite'
import { exabgp } from './routers/exabgp'

column(exabgp)
