import { columnOfPage } from './column'
import { bgpDaemons } from './daemons'
import { features } from './features'
import { makeStage, type Stage } from './features/feature'
import type { Make } from './routers'
import { onTwoHosts } from './two-hosts'

/** One column of libs/bgp/INTEROP.md: each cell has two hosts of its own. */
export function column(make: Make): void {
  const rows = features.map(({ title, run, lacks }) => {
    const on = (what: (stage: Stage) => Promise<void>) => () => onTwoHosts((us, them) => what(makeStage(us, them, make)))
    const lack = lacks?.[make.name]
    return { title, run: on(run), lack: lack === undefined ? undefined : on(lack.shown) }
  })
  columnOfPage({ page: 'libs/bgp/INTEROP.md', name: make.name, daemon: bgpDaemons[make.name], rows })
}
