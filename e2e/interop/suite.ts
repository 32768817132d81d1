import { describe, jest, test } from '@jest/globals'
import { features } from './features'
import { type Feature, makeStage, type RouterName, type Stage } from './features/feature'
import { cable, Host } from './host'
import type { Make } from './routers'

const limitSeconds = 60

/** One column of the matrix: each cell a test, with two hosts of its own. */
export function column(make: Make): void {
  jest.setTimeout(300_000) // each cell has a limit of its own, and says what it saw
  describe(make.name, () => {
    for (const feature of features) {
      const lack = feature.lacks?.[make.name as RouterName]
      if (lack === undefined) test(feature.title, () => cell(make, feature, feature.run))
      else test(`lacks: ${feature.title}`, () => cell(make, feature, lack.shown))
    }
  })
}

const cell = (make: Make, { limitSeconds: limit = limitSeconds }: Feature, run: (stage: Stage) => Promise<void>): Promise<void> =>
  onTwoHosts(limit, (us, them) => run(makeStage(us, them, make)))

/** Runs with two hosts on a cable, at most so long. What fails says what every process on them printed and how their sockets were. */
export async function onTwoHosts(limit: number, run: (us: Host, them: Host) => Promise<void>): Promise<void> {
  const us = await Host.make('us')
  const them = await Host.make('router')
  try {
    await cable(us, them)
    await within(limit, run(us, them))
  } catch (error) {
    const evidence = [await us.evidence(), await them.evidence()].join('\n')
    throw new Error(`${(error as Error).message}\n${evidence}`, { cause: error })
  } finally {
    await us.close()
    await them.close()
  }
}

async function within(limit: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${limit} s`)), limit * 1000)
  })
  await Promise.race([work, late]).finally(() => clearTimeout(timer))
}
