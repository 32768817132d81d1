import { setTimeout as elapse } from 'node:timers/promises'
import { systemClock } from '@loadstone/clock'
import { SimClock } from '../src/sim-clock'
import { clockConformance } from '../testing'

clockConformance('systemClock', () => ({ clock: systemClock, elapse }))
clockConformance('SimClock', () => {
  const clock = new SimClock()
  return { clock, elapse: (by) => clock.advance(by) }
})
