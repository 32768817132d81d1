import { column } from './bgp/suite'
import { frr } from './routers/frr'

column(frr)
