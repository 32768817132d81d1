import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'

/** The Node that runs the programs: this one, unless NODE_UNDER_TEST names another. */
export const nodeUnderTest = process.env['NODE_UNDER_TEST'] ?? process.execPath

/** A machine of its own as far as network, /run and mounts go: everything in it is gone when the test process is. */
export class Host {
  readonly #holder: ChildProcess
  readonly #programs = new Set<Program>()

  private constructor(holder: ChildProcess) {
    this.#holder = holder
  }

  static async start(): Promise<Host> {
    const holder = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', 'unshare', '-n', '-m', '--propagation', 'private', 'sh', '-c', 'echo up; exec sleep infinity'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    await new Promise((resolve, reject) => {
      holder.stdout?.once('data', resolve)
      holder.once('exit', (code, signal) => reject(new Error(`no namespaces: unshare ended with ${signal ?? code}; this needs root`)))
    })
    const host = new Host(holder)
    host.run('mount -t tmpfs none /run')
    host.run('ip link set lo up')
    return host
  }

  get pid(): number {
    return this.#holder.pid ?? 0
  }

  /** Runs a command to its end and returns what it printed. */
  run(command: string, input = ''): string {
    return execFileSync('nsenter', [...this.#enter(), ...command.split(' ')], { encoding: 'utf8', input })
  }

  /** Whether the command succeeds. */
  can(command: string): boolean {
    try {
      this.run(command)
      return true
    } catch {
      return false
    }
  }

  write(path: string, text: string): void {
    this.run(`mkdir -p ${path.slice(0, path.lastIndexOf('/'))}`)
    this.run(`tee ${path}`, text)
  }

  start(command: readonly string[], env: Readonly<Record<string, string>> = {}): Program {
    const program = new Program(
      spawn('nsenter', [...this.#enter(), 'setpriv', '--pdeathsig', 'KILL', ...command], {
        env: { PATH: process.env['PATH'], ...env },
        cwd: '/',
      }),
    )
    this.#programs.add(program)
    return program
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#programs].map((program) => program.kill('SIGKILL')))
    this.#holder.kill('SIGKILL')
  }

  #enter(): readonly string[] {
    return ['-t', `${this.pid}`, '-n', '-m']
  }
}

/** A cable between two hosts: an interface and an address at each end. */
export function cable(
  a: Host,
  nameA: string,
  addressA: string,
  end: { readonly host: Host; readonly name: string; readonly address: string },
): void {
  a.run(`ip link add ${nameA} type veth peer name ${end.name} netns ${end.host.pid}`)
  for (const [host, name, address] of [
    [a, nameA, addressA],
    [end.host, end.name, end.address],
  ] as const) {
    host.run(`ip address add ${address} dev ${name}${address.includes(':') ? ' nodad' : ''}`)
    host.run(`ip link set ${name} up`)
  }
}

export class Program {
  readonly pid: number
  readonly ended: Promise<number | NodeJS.Signals>
  readonly #child: ChildProcess
  #output = ''

  constructor(child: ChildProcess) {
    this.#child = child
    this.pid = child.pid ?? 0
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString()
      })
    }
    this.ended = new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code ?? 0)))
  }

  /** Everything it has printed so far. */
  get output(): string {
    return this.#output
  }

  /** Its log so far, where it prints a JSON object a line. */
  get log(): readonly Readonly<Record<string, unknown>>[] {
    const lines = this.#output.split('\n').filter((line) => line.startsWith('{'))
    return lines.flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>]
      } catch {
        return [] // half a line
      }
    })
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  kill(signal: NodeJS.Signals): Promise<number | NodeJS.Signals> {
    this.signal(signal)
    return this.ended
  }
}

export const sleep = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))

/** Waits for real time to make something true. Only where the kernel or another process is the other side. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, millis = 30_000): Promise<number> {
  const began = performance.now()
  for (;;) {
    const isTrue = await condition()
    const took = performance.now() - began
    if (isTrue || took > millis) {
      assert.ok(isTrue, `waited ${millis / 1000} s in vain until ${what}`)
      return took
    }
    await sleep(5)
  }
}
