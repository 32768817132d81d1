import { afterAll, beforeAll, describe, jest } from '@jest/globals'
import { type Lab, startLab } from './lab'

/** Scenarios one after the other on one cluster of their own: what one leaves behind the next one finds. */
export function onLab(title: string, ...scenarios: readonly ((lab: () => Lab) => void)[]): void {
  jest.setTimeout(240_000)
  describe(title, () => {
    let running: Lab | undefined
    const lab = (): Lab => {
      if (running === undefined) throw new Error('the cluster did not start')
      return running
    }
    beforeAll(async () => {
      running = await startLab((line) => console.log(line))
    }, 300_000)
    afterAll(() => running?.down(), 60_000)

    for (const scenario of scenarios) scenario(lab)
  })
}
