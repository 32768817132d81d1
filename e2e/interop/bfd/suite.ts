import { onTwoHosts } from '../lab/two-hosts'
import { columnOfPage } from '../matrix/column'
import { bfdDaemons } from '../matrix/daemons'
import { type BfdFeature, bfdFeatures, bfdTimings } from './features'
import type { MakeBfd } from './routers'
import type { BfdStage } from './stage'

const columnOf = (make: MakeBfd, features: readonly BfdFeature[]): void => {
  const on = (what: (stage: BfdStage) => Promise<void>) => () => onTwoHosts((us, them) => what({ us, them, make }))
  const rows = features.map(({ title, run, lacks }) => {
    const lack = lacks?.[make.name]
    return { title, run: on(run), lack: lack === undefined ? undefined : on(lack.shown) }
  })
  columnOfPage({ page: 'libs/bfd/INTEROP.md', name: make.name, daemon: bfdDaemons[make.name], rows })
}

/** One column of libs/bfd/INTEROP.md: each cell has two hosts of its own. */
export const bfdColumn = (make: MakeBfd): void => columnOf(make, bfdFeatures)

/** The rows of it that measure time. */
export const bfdTimingColumn = (make: MakeBfd): void => columnOf(make, bfdTimings)
