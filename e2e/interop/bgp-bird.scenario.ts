import { column } from './bgp/suite'
import { bird } from './routers/bird'

column(bird)
