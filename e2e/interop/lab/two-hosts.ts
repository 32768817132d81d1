import { cable, Host } from './host'

/** Limit of one cell on a busy machine. No feature promises it. */
const limitSeconds = 240

/** Runs with two hosts on a cable. A failure has the output of every process on them, and their sockets. */
export async function onTwoHosts(run: (us: Host, them: Host) => Promise<void>): Promise<void> {
  const us = await Host.make('us')
  const them = await Host.make('router')
  try {
    await cable(us, them)
    await within(limitSeconds, run(us, them))
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
