import { openbgpd } from './routers/openbgpd'
import { column } from './suite'

column(openbgpd)
