import { gobgp } from './routers/gobgp'
import { column } from './suite'

column(gobgp)
