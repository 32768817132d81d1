import { afterAll, beforeAll, describe, jest } from '@jest/globals'
import { silentDeath } from './bfd'
import { draining } from './draining'
import { fields } from './fields'
import { gracefulRestart } from './graceful'
import { ipv6Routed } from './ipv6'
import { type Lab, startLab } from './lab'
import { localWithoutOperator } from './local'

jest.setTimeout(240_000)

describe('Loadstone and its routers, on a real cluster', () => {
  let running: Lab | undefined
  const lab = (): Lab => {
    if (running === undefined) throw new Error('the cluster did not start')
    return running
  }
  beforeAll(async () => {
    running = await startLab((line) => console.log(line))
  }, 300_000)
  afterAll(() => running?.down(), 60_000)

  ipv6Routed(lab)
  gracefulRestart(lab)
  fields(lab)
  localWithoutOperator(lab)
  draining(lab)
  silentDeath(lab) // last, because the cluster has a node less afterwards
})
