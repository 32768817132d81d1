import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parentOf } from '../host/processes'
import { cgroupRoots } from '../host/run-dir'

/** A process and its memory in bytes: resident in all, and the part that is its own and no file's. */
export type ProcessInfo = {
  readonly pid: number
  readonly command: string
  readonly residentBytes: number
  readonly anonymousBytes: number
}

/** The processes of a cgroup, which is named from the root of its hierarchy. */
export function processesIn(cgroup: string): readonly ProcessInfo[] {
  const pids = new Set(
    cgroupRoots().flatMap((root) =>
      read(join(root, cgroup, 'cgroup.procs'))
        .split('\n')
        .filter((line) => line !== ''),
    ),
  )
  return [...pids].flatMap((pid) => describe(Number(pid)))
}

/** The process and all below it. */
export function processesBelow(root: number): readonly ProcessInfo[] {
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
  const parents = new Map(pids.map((pid) => [pid, parentOf(pid)]))
  const isBelow = (pid: number | undefined): boolean => pid !== undefined && (pid === root || isBelow(parents.get(pid)))
  return pids.filter(isBelow).flatMap(describe)
}

function describe(pid: number): readonly ProcessInfo[] {
  const status = read(`/proc/${pid}/status`)
  const bytes = (field: string): number => Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024
  const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()
  return status === '' ? [] : [{ pid, command, residentBytes: bytes('VmRSS'), anonymousBytes: bytes('RssAnon') }]
}

/** Empty when the process has gone meanwhile. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
