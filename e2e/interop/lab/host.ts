import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { repository } from '../../cluster/src/host/paths'

const run = promisify(execFile)

/** The path of a file of the repository. */
export const inRepository = (path: string): string => join(repository, path)

/** Children end with this process, however it ends. */
const leash = ['setpriv', '--pdeathsig', 'KILL', '--']

/** A process on a host, with what it printed. */
export type Running = { readonly child: ChildProcess; readonly output: () => string; readonly ended: Promise<void> }

/** A machine: a network and a mount namespace of its own, /run private. Nothing of it touches the machine that tests run on. */
export class Host {
  readonly name: string
  /** For configuration and sockets; gone after close(). */
  readonly folder: string
  readonly pid: number
  readonly #namespace: string
  /** Open for as long as we ask who lives in it: the kernel gives the number of a namespace that is gone to the next one that anybody makes. */
  readonly #hold: number
  readonly #printed = new Set<Running>()
  readonly #onClose: (() => Promise<void>)[] = []

  private constructor(name: string, pid: number) {
    this.name = name
    this.pid = pid
    this.#hold = openSync(`/proc/${pid}/ns/net`, 'r')
    this.#namespace = readlinkSync(`/proc/${pid}/ns/net`)
    if (inNamespace('self', this.#namespace)) throw new Error(`${name} has no network namespace of its own`)
    this.folder = mkdtempSync(join(tmpdir(), `interop-${name}-`))
  }

  static async make(name: string): Promise<Host> {
    const script = 'mount -t tmpfs none /run && ip link set lo up && echo ready && exec sleep infinity'
    const holder = spawn(leash[0] as string, [...leash.slice(1), 'unshare', '-n', '-m', 'sh', '-c', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await new Promise<void>((resolve, reject) => {
      holder.stdout?.once('data', () => resolve())
      holder.once('exit', (code) => reject(new Error(`no namespaces for ${name}: unshare ended with ${code}; this needs root`)))
    })
    return new Host(name, holder.pid as number)
  }

  /** Runs to the end and answers what was printed. A command that hangs, such as a question to a daemon that is stopped, fails. */
  async exec(...command: readonly string[]): Promise<string> {
    const { stdout } = await run('nsenter', [...this.#into(), ...command], { maxBuffer: 1 << 28, timeout: 60_000, killSignal: 'SIGKILL' })
    return stdout
  }

  spawn(command: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    const child = spawn('nsenter', [...this.#into(), ...leash, ...command], { env: { ...process.env, ...env }, stdio: 'pipe' })
    const printed: string[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => void printed.push(bytes.toString()))
    const running: Running = {
      child,
      output: () => printed.join(''),
      ended: new Promise((resolve) => child.once('close', () => resolve())),
    }
    this.#printed.add(running)
    return running
  }

  /** What must go with it. */
  onClose(run: () => Promise<void>): void {
    this.#onClose.push(run)
  }

  /** What each process printed last, and the TCP connections: for a failure that must be understood from its message. */
  async evidence(): Promise<string> {
    const sockets = await this.exec('ss', '-Htanoi').catch((error: Error) => error.message)
    const printed = [...this.#printed].map(({ child, output }) => `-- ${child.spawnargs.slice(-3).join(' ')}\n${output().slice(-3000)}`)
    return [`== ${this.name}`, `-- ss -tanoi\n${sockets}`, ...printed].join('\n')
  }

  async close(): Promise<void> {
    for (const run of this.#onClose) await run()
    // whoever lives in the namespace, also what a daemon left behind when it died
    const everyone = () => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && inNamespace(pid, this.#namespace))
    await until(`the end of ${this.name}`, 60, () => {
      const left = everyone()
      for (const pid of left) kill(Number(pid), 'SIGKILL')
      return left.length === 0 ? true : undefined
    })
    closeSync(this.#hold)
    rmSync(this.folder, { recursive: true, force: true })
  }

  #into(): readonly string[] {
    return ['-t', String(this.pid), '-n', '-m', '--']
  }
}

/** False for a process that has ended, or is a zombie: neither has a namespace. */
function inNamespace(pid: string, namespace: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`) === namespace
  } catch {
    return false
  }
}

/** A signal to a daemon and all it has started: some are several processes. */
export function signalAll(pid: number, signal: NodeJS.Signals): void {
  for (const child of childrenOf(pid)) signalAll(child, signal)
  kill(pid, signal)
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    return // it has ended by itself
  }
}

/** Processes it has started that still run. */
export function childrenOf(pid: number): readonly number[] {
  const path = `/proc/${pid}/task/${pid}/children`
  const words = existsSync(path) ? readFileSync(path, 'utf8').split(' ') : []
  return words.filter((word) => word !== '').map(Number)
}

/** A cable between two hosts. Both ends have an IPv4 and an IPv6 address: 10.99.<net>.1 and .2, fd00:99:<net>::1 and ::2. */
export async function cable(one: Host, other: Host, net = 0): Promise<void> {
  const [here, there] = [`v${net}`, `v${net}`]
  await one.exec('ip', 'link', 'add', here, 'type', 'veth', 'peer', 'name', there, 'netns', String(other.pid))
  for (const [host, end] of [
    [one, 1],
    [other, 2],
  ] as const) {
    await host.exec('ip', 'addr', 'add', `10.99.${net}.${end}/24`, 'dev', `v${net}`)
    await host.exec('ip', 'addr', 'add', `fd00:99:${net}::${end}/64`, 'dev', `v${net}`, 'nodad')
    await host.exec('ip', 'link', 'set', `v${net}`, 'up')
  }
}

/** Waits until the question is answered with something; fails with what was waited for. */
export async function until<T>(what: string, seconds: number, ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  const end = Date.now() + seconds * 1000
  for (;;) {
    const answer = await ask()
    assert.ok(answer !== undefined || Date.now() <= end, `waited ${seconds} s in vain for ${what}`)
    if (answer !== undefined) return answer
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
