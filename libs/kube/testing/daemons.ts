import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
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

export type Daemon = {
  readonly running: () => boolean
  readonly lastWords: () => string
  readonly kill: (signal?: NodeJS.Signals) => Promise<void>
}

/** Linux ends the child when we end, however we end: a crashed test run leaves nothing behind. */
export function startDaemon(folder: string, program: string, options: readonly string[]): Daemon {
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

export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
