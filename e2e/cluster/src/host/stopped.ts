import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import type { Identity } from './processes'

/** Waits until every thread of a process that was sent SIGSTOP has stopped: one that runs on another core answers for a moment more. */
export async function stopped(who: Identity, withinMillis: number): Promise<boolean> {
  const isStopped = (): boolean => {
    const states = threadStates(who.pid)
    return states.length > 0 && states.every((state) => state === 'T')
  }
  for (const deadline = Date.now() + withinMillis; Date.now() < deadline; await pause(5)) if (isStopped()) return true
  return isStopped()
}

/** The letters of proc(5), one for each thread: `R`, `S`, `T` … A thread may end while it is asked. */
function threadStates(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    try {
      return readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8').split(') ')[1]?.slice(0, 1) ?? []
    } catch {
      return []
    }
  })
}
