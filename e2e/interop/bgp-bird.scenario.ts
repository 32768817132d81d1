import { bird } from './routers/bird'
import { column } from './suite'

column(bird)
