import { birdBfd } from './bfd/routers'
import { bfdColumn } from './bfd/suite'

bfdColumn(birdBfd)
