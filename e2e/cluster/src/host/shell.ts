import type { ChildProcess } from 'node:child_process'
import { enter, enterToStay, leave } from './inside'
import { hand, type Identity, launch, must, type ProcessResult, type RunOptions, run } from './processes'

export type ExecOptions = RunOptions & {
  /** false: an exit code other than 0 is an answer, not an error. Default true. */
  readonly check?: boolean | undefined
}

/** Runs programs in the namespaces of a machine, or of the switch. */
export class Shell {
  readonly #name: string
  readonly #identity: () => Identity
  readonly #env: NodeJS.ProcessEnv

  /** `identity` finds PID 1 of the machine each time, and throws when it is off. */
  constructor(name: string, identity: () => Identity, env: NodeJS.ProcessEnv) {
    this.#name = name
    this.#identity = identity
    this.#env = env
  }

  /** Runs a program to its end. What it left running in the background goes on. */
  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ProcessResult> {
    const result = await run(enter(this.#identity(), argv), { env: this.#env, ...options })
    if (result.code === 0 || options.check === false) return result
    throw new Error(
      `on ${this.#name}, "${argv.join(' ')}" ended with ${result.code}: ${(result.stderr + result.stdout).trim().slice(-4000)}`,
    )
  }

  /** A program that runs until it is killed, by the returned process's kill or by our end; what it has started ends with it. */
  spawn(argv: readonly string[]): ChildProcess {
    return launch(enterToStay(this.#identity(), argv), this.#env)
  }

  /** Runs a program with our own terminal, and returns its exit code. */
  interactive(argv: readonly string[]): Promise<number> {
    return hand(enter(this.#identity(), argv), this.#env)
  }

  /** Starts a program that outlives us, and ends with the machine. */
  async detach(argv: readonly string[]): Promise<void> {
    await must(leave(this.#identity(), argv), { env: this.#env, timeoutSeconds: 60 })
  }
}
