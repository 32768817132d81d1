import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { freePorts } from '@loadstone/kube/testing'
import { system } from '../objects'

type PrintedLine = { readonly level: string; readonly event: string; readonly [field: string]: unknown }

/** An operator in a process of its own, with the environment of a pod. */
export class OperatorProcess {
  readonly log: PrintedLine[] = []
  readonly #child: ChildProcess
  readonly #port: number
  readonly #exit: Promise<number | undefined>

  private constructor(child: ChildProcess, port: number) {
    this.#child = child
    this.#port = port
    this.#exit = new Promise((resolve) => child.once('exit', (code) => resolve(code ?? undefined)))
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream! }).on('line', (line) => this.log.push(parse(line)))
    }
  }

  static async start(
    built: string,
    kubeconfig: string,
    name = 'operator-1',
    env: Readonly<Record<string, string>> = {},
  ): Promise<OperatorProcess> {
    const [port = 0] = await freePorts(1)
    // OPERATOR_NODE_FLAGS=--cpu-prof writes a profile of the process.
    const flags = (process.env['OPERATOR_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '')
    const child = spawn(process.execPath, [...flags, built], {
      env: {
        PATH: process.env['PATH'],
        KUBECONFIG: kubeconfig,
        POD_NAME: name,
        POD_NAMESPACE: system,
        LOADSTONE_LOG_LEVEL: 'debug',
        LOADSTONE_HEALTH_PORT: String(port),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    return new OperatorProcess(child, port)
  }

  async health(path: string): Promise<number> {
    return (await fetch(`http://127.0.0.1:${this.#port}${path}`)).status
  }

  said(event: string): readonly PrintedLine[] {
    return this.log.filter((line) => line.event === event)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Resolves with the exit code; undefined if a signal ended it. */
  end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | undefined> {
    this.#child.kill(signal)
    return this.#exit
  }
}

function parse(line: string): PrintedLine {
  try {
    return JSON.parse(line) as PrintedLine
  } catch {
    return { level: 'error', event: 'not-json', line }
  }
}
