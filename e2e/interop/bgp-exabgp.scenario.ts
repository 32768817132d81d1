import { exabgp } from './routers/exabgp'
import { column } from './suite'

column(exabgp)
