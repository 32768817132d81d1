import { frr } from './routers/frr'
import { column } from './suite'

column(frr)
