import { describe, jest, test } from '@jest/globals'
import { onTwoHosts } from '../suite'
import { bfdFeatures } from './features'
import type { MakeBfd } from './routers'

/** One column of libs/bfd/INTEROP.md: each cell a test, with two hosts of its own. */
export function bfdColumn(make: MakeBfd): void {
  jest.setTimeout(120_000) // each cell has a limit of its own, and says what it saw
  describe(make.name, () => {
    for (const { title, lacks, run } of bfdFeatures) {
      const lack = lacks?.[make.name]
      const shown = lack === undefined ? run : lack.shown
      test(lack === undefined ? title : `lacks: ${title}`, () => onTwoHosts(60, (us, them) => shown({ us, them, make })))
    }
  })
}
