import { cable, Host } from './host'

/** All of a cell must end some time, also on a busy machine; this is no promise of anybody. */
const limitSeconds = 240

/** Runs with two hosts on a cable. What fails says what every process on them printed and how their sockets were. */
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
