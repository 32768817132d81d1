import { setImmediate } from 'node:timers/promises'
import { random } from '@loadstone/sim'
import { targets } from './targets'

/** `SECONDS [SEED [TARGET]]`: seeds one after the other, from SEED on. A failure prints its seed, which alone repeats it. */
const [seconds = '60', first = '', only = ''] = process.argv.slice(2)
const from = first === '' ? Date.now() % 1_000_000 : Number(first)
const chosen = Object.entries(targets).filter(([name]) => only === '' || name === only)
const counts = new Map<string, number>()
const mebibyte = 2 ** 20
/** Growth that garbage collection and code that becomes faster explain; a leak of 100 octets a message would be beyond it within a minute. */
const allowance = 24 * mebibyte

function attempt(seed: number, [name, { run, times }]: (typeof chosen)[number]): void {
  const roll = random(seed * 7919 + 1)
  try {
    for (let i = 0; i < times; i++) run(roll)
  } catch (error) {
    throw new Error(`fuzz: SEED=${seed} TARGET=${name} fails`, { cause: error })
  }
  counts.set(name, (counts.get(name) ?? 0) + times)
}

function heap(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Runs until then; answers the seed to go on with. */
async function until(end: number, seed: number): Promise<number> {
  let next = seed
  for (; Date.now() < end; next++) {
    for (const one of chosen) attempt(next, one)
    await setImmediate() // or what promises still hold would never be let go
  }
  return next
}

async function main(): Promise<void> {
  console.log(`fuzz: SEED=${from}, ${seconds} s`)
  const start = Date.now()
  const warm = await until(start + Number(seconds) * 250, from)
  const before = heap()
  const last = await until(start + Number(seconds) * 1000, warm)
  const grown = heap() - before
  const done = [...counts].map(([name, count]) => `${count} of ${name}`).join(', ')
  console.log(`fuzz: seeds ${from} to ${last - 1}: ${done}; the heap grew by ${(grown / mebibyte).toFixed(1)} MiB`)
  if (grown > allowance) throw new Error(`fuzz: SEED=${from} leaks: more than ${allowance / mebibyte} MiB`)
}

main().catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
