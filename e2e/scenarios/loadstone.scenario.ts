import { afterAll, beforeAll, describe, jest } from '@jest/globals'
import { type Lab, startLab } from './lab'
import { nodeLoss, restarts } from './restarts'
import { services } from './services'

jest.setTimeout(240_000)

describe('Loadstone on a real cluster', () => {
  let running: Lab | undefined
  const lab = (): Lab => {
    if (running === undefined) throw new Error('the cluster did not start')
    return running
  }
  beforeAll(async () => {
    running = await startLab((line) => console.log(line))
  }, 300_000)
  afterAll(() => running?.down(), 60_000)

  services(lab)
  restarts(lab)
  nodeLoss(lab)
})
