import { column } from './bgp/suite'
import { gobgp } from './routers/gobgp'

column(gobgp)
