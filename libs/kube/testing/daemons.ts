import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const prefix = 'loadstone-api-'

/** A folder of this process. Those of processes that are gone, however they went, are removed. */
export function temporaryFolder(): string {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(prefix))) {
    if (!running(Number(name.slice(prefix.length).split('-')[0]))) rmSync(join(tmpdir(), name), { recursive: true, force: true })
  }
  return mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`))
}

function running(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

export type ApiDaemon = {
  readonly running: () => boolean
  readonly lastWords: () => string
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>
}

/** Linux ends the child when we end, however we end: a crashed test run leaves nothing behind. */
export function startDaemon(folder: string, program: string, options: readonly string[]): ApiDaemon {
  const logFile = join(folder, `${program.split('/').pop()}.log`)
  const log = openSync(logFile, 'a')
  const child: ChildProcess = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...options], { stdio: ['ignore', log, log] })
  closeSync(log)
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null
  return {
    running: isRunning,
    lastWords: () => readFileSync(logFile, 'utf8').slice(-4000),
    kill: async (signal = 'SIGKILL') => {
      if (!isRunning()) return
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    },
  }
}

/** Ports from here to the kernel's own range: no outgoing connection takes one of these, not even while a daemon restarts. */
const lowest = 10_000
const range = (): string => readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')

/**
 * Ports of 127.0.0.1 that nobody listens at and that nobody else who asks here gets while this process lives: an abstract socket of
 * that name holds each, because the port itself must be free for the daemon.
 */
export async function freePorts(count: number): Promise<readonly number[]> {
  const below = Number(range().split(/\s/)[0])
  const ports: number[] = []
  while (ports.length < count) {
    const port = lowest + Math.floor(Math.random() * (below - lowest))
    if ((await listens(`\0loadstone-port-${port}`)) === undefined) continue
    const probe = await listens({ port, host: '127.0.0.1' })
    if (probe === undefined) continue
    await once(probe.close(), 'close')
    ports.push(port)
  }
  return ports
}

/** Keeps no process alive; undefined where somebody else has the place. */
async function listens(place: string | { readonly port: number; readonly host: string }): Promise<Server | undefined> {
  const server = createServer().listen(place).unref()
  return once(server, 'listening').then(
    () => server,
    () => undefined,
  )
}
