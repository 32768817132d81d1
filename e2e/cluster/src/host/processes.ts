import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

/** A process on this machine; the start time (clock ticks since boot) tells it from a later one with the same pid. */
export type Identity = { readonly pid: number; readonly startedTicks: number }

export type ProcessResult = { readonly code: number; readonly stdout: string; readonly stderr: string }
export type RunOptions = {
  readonly input?: string | Buffer | undefined
  /** Kills it after that long and fails. Default 60. */
  readonly timeoutSeconds?: number | undefined
  readonly env?: NodeJS.ProcessEnv | undefined
}

/** Fields 3 and on of /proc/PID/stat; the second, the name, may hold anything, also blanks and parentheses. */
function stat(pid: number | 'self'): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

/** The identity of a running process; undefined when there is none, or only its corpse. */
export function identityOf(pid: number): Identity | undefined {
  const fields = stat(pid)
  return fields === undefined || fields[0] === 'Z' || fields[0] === 'X' ? undefined : { pid, startedTicks: Number(fields[19]) }
}

export const parentOf = (pid: number): number | undefined => {
  const parent = stat(pid)?.[1]
  return parent === undefined ? undefined : Number(parent)
}

export const isAlive = (who: Identity): boolean => identityOf(who.pid)?.startedTicks === who.startedTicks

/** Sends a signal, unless the process is gone. */
export function signal(who: Identity, name: NodeJS.Signals): void {
  if (!isAlive(who)) return
  try {
    process.kill(who.pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Waits until the process is gone; false when it still runs after that long. */
export async function gone(who: Identity, withinMillis: number): Promise<boolean> {
  for (const deadline = Date.now() + withinMillis; Date.now() < deadline; await pause(10)) if (!isAlive(who)) return true
  return !isAlive(who)
}

/** Runs a program to its end and returns what it said, whatever its exit code (128 + n after signal n is not told apart: -1). */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<ProcessResult> {
  const [program = '', ...args] = argv
  const { input, timeoutSeconds = 60, env } = options
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'pipe', ...(env === undefined ? {} : { env }) })
    const out: Buffer[] = []
    const err: Buffer[] = []
    const timer = setTimeout(() => {
      child.kill('SIGKILL')
      // It may have started others that hold its streams open, so nobody waits for their end.
      reject(new Error(`"${argv.join(' ')}" did not end within ${timeoutSeconds} s\n${Buffer.concat(err).toString()}`.trimEnd()))
      for (const stream of [child.stdout, child.stderr]) stream.destroy()
    }, timeoutSeconds * 1000)
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.stdin.on('error', () => {}) // a program that does not read to the end is not our failure
    child.stdin.end(input)
    child.once('error', (error) => {
      clearTimeout(timer)
      reject(new Error(`${program} cannot be run: ${error.message}`))
    })
    child.once('close', (code) => {
      clearTimeout(timer)
      resolve({ code: code ?? -1, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() })
    })
  })
}

/** As run, but an exit code other than 0 is an error that carries what the program said. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(argv, options)
  if (code !== 0) throw new Error(`"${argv.join(' ')}" ended with ${code}: ${(stderr + stdout).trim().slice(-4000)}`)
  return stdout
}

/** A program that goes on until it is killed, and dies with us. */
export function launch(argv: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const [program = '', ...args] = argv
  return spawn(program, args, { stdio: 'pipe', env })
}

/** A program that has our terminal until it ends; resolves with its exit code. */
export function hand(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const [program = '', ...args] = argv
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', env: { ...env, TERM: process.env['TERM'] ?? 'dumb' } })
    child.once('error', reject)
    child.once('close', (code) => resolve(code ?? 1))
  })
}
