import { setImmediate } from 'node:timers/promises'
import { SimWorld } from './world'

/** `SEEDS [SEED]`: so many worlds, from SEED on. A failure prints its seed, which alone repeats it. */
const [seeds = '1000', first = '1'] = process.argv.slice(2)
const allowanceMebibytes = 24

function heap(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Answers how many sessions there were. */
function simulate(seed: number): number {
  try {
    const world = new SimWorld(seed)
    world.run()
    return world.size
  } catch (error) {
    throw new Error(`sim: SEED=${seed} fails`, { cause: error })
  }
}

async function main(): Promise<void> {
  let [before, sessions] = [0, 0]
  const last = Number(first) + Number(seeds) - 1
  for (let seed = Number(first); seed <= last; seed++) {
    if (seed === Number(first) + Math.floor(Number(seeds) / 4)) before = heap()
    sessions += simulate(seed)
    await setImmediate() // or what promises still hold would never be let go
  }
  const grown = (heap() - before) / 2 ** 20
  console.log(`sim: seeds ${first} to ${last}, ${sessions} sessions; the heap grew by ${grown.toFixed(1)} MiB`)
  if (grown > allowanceMebibytes) throw new Error(`sim: leaks: more than ${allowanceMebibytes} MiB`)
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
