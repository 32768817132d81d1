import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { childrenOf, type Host, until } from '../lab/host'
import { Receiver } from './receiver'
import { ends, type Load, type Prepared } from './senders'

/** Both from Established until the receiver holds every route, as the receiver sees it. */
export type Measurement = {
  readonly wallSeconds: number
  readonly cpuSeconds: number
  /** The CPU also of connecting before, and of a second after: what was put off is paid, too. */
  readonly cpuSecondsAround: number
  readonly rssMegabytes: number
}

const ticksPerSecond = 100
const pollMillis = 5
const settleMillis = 1000
const mostSeconds = 400

/** utime and stime, of all threads and all processes it has started. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return childrenOf(pid).reduce((sum, child) => sum + cpuSeconds(child), (Number(fields[11]) + Number(fields[12])) / ticksPerSecond)
}

function rssMegabytes(pid: number): number {
  const kilobytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  return childrenOf(pid).reduce((sum, child) => sum + rssMegabytes(child), kilobytes / 1024)
}

/** Waits until a sender is idle: it may still be learning its routes, or ending its last session. */
async function quiet(pid: number): Promise<void> {
  let before = -1
  await until('the sender to be quiet', 120, async () => {
    const now = cpuSeconds(pid)
    const same = now - before < 0.02
    before = now
    await sleep(settleMillis)
    return same ? true : undefined
  })
}

/** One session of a sender that holds its routes, to a receiver that is new. */
export async function measure(prepared: Prepared, receiverHost: Host, load: Load): Promise<Measurement> {
  const { pid, as, go } = prepared
  const receiver = await Receiver.start(receiverHost, as, ends(load.family))
  try {
    await quiet(pid)
    const before = cpuSeconds(pid)
    await receiver.enable()
    go()
    await reached(receiver, ({ established }) => established)
    const [begun, cpuThen] = [performance.now(), cpuSeconds(pid)]
    await reached(receiver, ({ held }) => held >= load.count)
    const [wallSeconds, cpuNow] = [(performance.now() - begun) / 1000, cpuSeconds(pid)]
    await sleep(settleMillis)
    return {
      wallSeconds,
      cpuSeconds: cpuNow - cpuThen,
      cpuSecondsAround: cpuSeconds(pid) - before,
      rssMegabytes: rssMegabytes(pid),
    }
  } finally {
    await receiver.stop()
  }
}

async function reached(receiver: Receiver, there: (seen: Awaited<ReturnType<Receiver['look']>>) => boolean): Promise<void> {
  const end = performance.now() + mostSeconds * 1000
  for (let seen = await receiver.look(); !there(seen); seen = await receiver.look()) {
    if (performance.now() > end) throw new Error(`after ${mostSeconds} s the receiver has ${JSON.stringify(seen)}`)
    await sleep(pollMillis)
  }
}
