import { column } from './bgp/suite'
import { openbgpd } from './routers/openbgpd'

column(openbgpd)
