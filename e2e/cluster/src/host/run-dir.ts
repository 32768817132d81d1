import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { runBase } from './paths'
import { type Identity, identityOf, isAlive } from './processes'

/** Where the files of a cluster are; those in `state` are in memory and seen only from inside. */
export const files = {
  owner: 'owner',
  options: 'cluster.json',
  network: 'network.sh',
  kubeconfig: 'kubeconfig',
  apiSocket: 'api.sock',
  state: 'state',
  pids: 'pids',
  logs: 'logs',
  etc: 'etc',
  pki: 'pki',
} as const

export const runDir = (name: string, base = runBase): string => join(base, name)

/** The identity a boot script has written, or undefined before that. */
export function readIdentity(file: string): Identity | undefined {
  try {
    const [pid = 0, startedTicks = 0] = readFileSync(file, 'utf8').split(' ').map(Number)
    return { pid, startedTicks }
  } catch {
    return undefined
  }
}

/** A cluster runs as long as PID 1 of its namespaces does; while it is being made, its maker stands for it. */
function isInUse(dir: string): boolean {
  return [join(dir, files.pids, 'switch'), join(dir, files.owner)].some((file) => {
    const who = readIdentity(file)
    return who !== undefined && isAlive(who)
  })
}

/** The switch was seen alive, so the cluster is one that commands can be sent to. */
export const isRunning = (dir: string): boolean => {
  const who = readIdentity(join(dir, files.pids, 'switch'))
  return who !== undefined && isAlive(who)
}

/** Names of the clusters that run on this machine. */
export const runningClusters = (): readonly string[] => entries(runBase).filter((name) => isRunning(runDir(name)))

/** Makes the folder of a cluster, or says that one of that name runs already. Two who try at once cannot both succeed. */
export function claim(name: string, base = runBase): string {
  const me = identityOf(process.pid)
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name))
    throw new Error(`"${name}" cannot name a cluster: take small letters, digits and dashes, at most 31`)
  if (me === undefined) throw new Error('/proc must show this process; is it mounted?')
  const fresh = join(base, `.new-${process.pid}-${name}`)
  rmSync(fresh, { recursive: true, force: true })
  for (const dir of [files.state, files.pids, files.logs, files.etc, files.pki])
    mkdirSync(join(fresh, dir), { recursive: true, mode: 0o755 })
  writeFileSync(join(fresh, files.owner), `${me.pid} ${me.startedTicks}`)
  try {
    renameSync(fresh, runDir(name, base)) // fails when the folder is there, because it is not empty
  } catch {
    rmSync(fresh, { recursive: true })
    throw new Error(`a cluster "${name}" exists already: take another name, or end it with e2e/cluster/cli down ${name}`)
  }
  return runDir(name, base)
}

/** The maker goes; from now on the cluster alone says whether it lives. */
export const disown = (dir: string): void => rmSync(join(dir, files.owner), { force: true })

/** Removes what clusters that are no longer running have left: files and cgroups. Returns their names. */
export async function sweep(base = runBase): Promise<readonly string[]> {
  mkdirSync(base, { recursive: true, mode: 0o755 })
  const left = entries(base).filter((name) => !isInUse(runDir(name, base)))
  for (const name of left) await remove(runDir(name, base))
  return left
}

/** Removes the files and cgroups of a cluster whose processes are gone. */
export async function remove(dir: string): Promise<void> {
  await removeCgroups(cgroupOf(dir))
  for (const root of cgroupRoots()) removeIfEmpty(join(root, cgroupBase))
  rmSync(dir, { recursive: true, force: true })
}

/** Removes a cgroup, which no process is in any more, and all below it, from every hierarchy. */
export async function removeCgroups(cgroup: string): Promise<void> {
  for (const root of cgroupRoots()) await removeCgroup(join(root, cgroup))
}

const cgroupBase = 'loadstone'
/** The cgroup of a cluster or of one of its machines, below the root of each hierarchy. */
export const cgroupOf = (dir: string, machine = ''): string => join(cgroupBase, basename(dir), machine)

/** The roots of the cgroup hierarchies: one in version 2, several in version 1. */
export function cgroupRoots(): readonly string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n')
  return mounts.map((line) => line.split(' ')).flatMap(([, where = '', type = '']) => (/^cgroup2?$/.test(type) ? [where] : []))
}

async function removeCgroup(dir: string): Promise<void> {
  for (const entry of directories(dir)) await removeCgroup(join(dir, entry))
  // A task that was just killed stays in its cgroup for a moment.
  for (let tries = 0; !removeIfEmpty(dir) && tries < 100; tries++) await pause(20)
}

/** False when something is still in it. */
function removeIfEmpty(dir: string): boolean {
  try {
    rmdirSync(dir)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
  return true
}

const entries = (dir: string): readonly string[] =>
  directories(dir).filter((name) => !name.startsWith('.new-') || !isInUse(join(dir, name)))

function directories(dir: string): readonly string[] {
  try {
    return readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
  } catch {
    return []
  }
}
