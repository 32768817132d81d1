import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const prefix = 'loadstone-api-'

/** Makes a temporary folder of this process, and removes those of processes that have ended. */
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

/** Starts a child that the kernel ends when this process ends, so that a crashed test run leaves none behind. */
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

/** First port to give out. Below the kernel's ephemeral range, so no outgoing connection takes one while a daemon restarts. */
const lowest = 10_000
const range = (): string => readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8')

/**
 * Free ports of 127.0.0.1, reserved for this process among all that call this function. An abstract socket with the number as name
 * holds each reservation, because the port itself must be free for the daemon.
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

/** Listens without keeping the process alive; undefined if the place is in use. */
async function listens(place: string | { readonly port: number; readonly host: string }): Promise<Server | undefined> {
  const server = createServer().listen(place).unref()
  return once(server, 'listening').then(
    () => server,
    () => undefined,
  )
}
