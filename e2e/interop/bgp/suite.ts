import { onTwoHosts } from '../lab/two-hosts'
import { columnOfPage } from '../matrix/column'
import { bgpDaemons } from '../matrix/daemons'
import type { Make } from '../routers/router'
import { features } from './features'
import { type BgpStage, makeStage } from './features/feature'

/** One column of libs/bgp/INTEROP.md: each cell has two hosts of its own. */
export function column(make: Make): void {
  const rows = features.map(({ title, run, lacks }) => {
    const on = (what: (stage: BgpStage) => Promise<void>) => () => onTwoHosts((us, them) => what(makeStage(us, them, make)))
    const lack = lacks?.[make.name]
    return { title, run: on(run), lack: lack === undefined ? undefined : on(lack.shown) }
  })
  columnOfPage({ page: 'libs/bgp/INTEROP.md', name: make.name, daemon: bgpDaemons[make.name], rows })
}
