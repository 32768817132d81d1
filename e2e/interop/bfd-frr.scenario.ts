import { frrBfd } from './bfd/routers'
import { bfdColumn } from './bfd/suite'

bfdColumn(frrBfd)
