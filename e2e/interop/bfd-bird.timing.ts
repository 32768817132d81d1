import { birdBfd } from './bfd/routers'
import { bfdTimingColumn } from './bfd/suite'

bfdTimingColumn(birdBfd)
