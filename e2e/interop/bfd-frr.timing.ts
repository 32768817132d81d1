import { frrBfd } from './bfd/routers'
import { bfdTimingColumn } from './bfd/suite'

bfdTimingColumn(frrBfd)
