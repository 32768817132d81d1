import assert from 'node:assert/strict'
import { inNetns, until } from '@loadstone/packet/testing'
import { createBfd } from '../../src'
import { families, fast, withOtherEnd } from '../other-end'

/** Beside the session the test polls it, so what it knows of the last packet is up to this much too late. */
const pollMillis = 1
const count = 5

inNetns('a peer that falls silent is missed within the detection time of 150 ms, and not before', async () => {
  const silences: number[] = []
  const life = { profile: fast, millis: 0, silences: { count, lastMillis: 500 } }
  await withOtherEnd(life, async () => {
    const bfd = createBfd()
    const sessions = families.map(([, peer]) => bfd.session({ peer, interface: 'near', profile: fast }))
    const last = sessions.map(() => ({ input: 0, heardAt: 0, agreed: false }))
    const watch = setInterval(() => {
      sessions.forEach((session, i) => {
        const { counters, pace } = session.status()
        const { controlPacketInput: input } = counters
        if (input > last[i]!.input) last[i] = { input, heardAt: performance.now(), agreed: pace?.detectionMicros === 150_000 }
      })
    }, pollMillis)
    sessions.forEach((session, i) => {
      session.on('down', ({ by }) => {
        if (by === 'silence' && last[i]!.agreed) silences.push(performance.now() - last[i]!.heardAt)
      })
    })
    await until('every silence', () => silences.length >= count * families.length)
    clearInterval(watch)
    for (const session of sessions) session.handOver()
  })
  const sorted = silences.sort((a, b) => a - b).map((millis) => Math.round(millis))
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN
  const printed = `down after ms of silence: ${sorted.join(' ')}; p10 ${at(0.1)}, p50 ${at(0.5)}, p90 ${at(0.9)}`
  console.log(printed)
  assert.ok(at(0.1) >= 140 && at(0.5) <= 170 && at(0.9) <= 250, printed)
})
