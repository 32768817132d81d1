import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Command } from '../control-plane/control-plane'
import { assets } from '../host/paths'
import { gone, type Identity, isAlive, signal } from '../host/processes'
import { cgroupOf, files, readIdentity, removeCgroups } from '../host/run-dir'
import { Shell } from '../host/shell'
import { stopped } from '../host/stopped'

/** Something a cluster consists of is not there or has ended; the message says what, where its log is, and how that ends. */
export class ComponentError extends Error {
  override readonly name = 'ComponentError'
}

/** Where the daemons of a cluster leave their pid and their log. Names are `machine.daemon`. */
export type Place = { readonly dir: string; readonly env: NodeJS.ProcessEnv }

/** A network, mount, PID and UTS namespace with its own PID 1; a machine as far as its programs can tell. */
export class MachineRef {
  readonly name: string
  readonly shell: Shell
  readonly #place: Place

  constructor(name: string, place: Place) {
    this.name = name
    this.#place = place
    this.shell = new Shell(name, () => this.identity(), place.env)
  }

  /** PID 1 of the machine, as this side sees it. Throws when the machine is off. */
  identity(): Identity {
    const who = this.#pid(this.name)
    if (who === undefined || !isAlive(who)) throw new ComponentError(`${this.name} is not running; its log is ${this.#log(this.name)}`)
    return who
  }

  isOn(): boolean {
    const who = this.#pid(this.name)
    return who !== undefined && isAlive(who)
  }

  /** Starts a daemon of the machine, unless it runs, and waits until it has told its pid. */
  async start(daemon: string, command: Command): Promise<void> {
    if (this.runs(daemon)) return
    const name = `${this.name}.${daemon}`
    rmSync(join(this.#place.dir, files.pids, name), { force: true })
    await this.shell.detach(['sh', join(assets, 'boot/daemon.sh'), this.#place.dir, name, ...command])
    for (let tries = 0; this.#pid(name) === undefined; tries++) {
      if (tries > 3_000) throw this.failure(daemon, 'did not start within 30 s')
      await pause(10)
    }
  }

  runs(daemon: string): boolean {
    const who = this.#pid(`${this.name}.${daemon}`)
    return who !== undefined && isAlive(who)
  }

  /** Sends a signal to a daemon that runs; throws when it does not. */
  signal(daemon: string, name: NodeJS.Signals): Identity {
    const who = this.#pid(`${this.name}.${daemon}`)
    if (who === undefined || !isAlive(who)) throw this.failure(daemon, 'is not running')
    signal(who, name)
    return who
  }

  /** Resolves once nothing of the daemon runs any more. */
  async freeze(daemon: string): Promise<void> {
    if (!(await stopped(this.signal(daemon, 'SIGSTOP'), 10_000))) throw this.failure(daemon, 'runs on after SIGSTOP')
  }

  async stop(daemon: string, how: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (!this.runs(daemon)) return
    const who = this.signal(daemon, how)
    signal(who, 'SIGCONT') // a paused one could not hear it
    if (await gone(who, 10_000)) return
    signal(who, 'SIGKILL')
    if (!(await gone(who, 5_000))) throw this.failure(daemon, 'survives SIGKILL')
  }

  /** Every process of the machine ends at once, as the kernel kills a PID namespace with its PID 1. */
  async powerOff(): Promise<void> {
    const who = this.#pid(this.name)
    if (who === undefined) return
    signal(who, 'SIGKILL')
    if (!(await gone(who, 10_000))) throw new ComponentError(`${this.name}: its PID 1 survives SIGKILL`)
    await removeCgroups(cgroupOf(this.#place.dir, this.name))
  }

  /** The error that says what a daemon did, with the end of its log. */
  failure(daemon: string, what: string): ComponentError {
    const name = `${this.name}.${daemon}`
    return new ComponentError(`${this.name}: ${daemon} ${what}. The end of its log, ${this.#log(name)}:\n${this.log(daemon)}`)
  }

  /** The last lines of a daemon's log. */
  log(daemon: string, lines = 15): string {
    try {
      return readFileSync(this.#log(`${this.name}.${daemon}`), 'utf8')
        .trimEnd()
        .split('\n')
        .slice(-lines)
        .join('\n')
    } catch {
      return '(nothing was written)'
    }
  }

  readonly #pid = (name: string): Identity | undefined => readIdentity(join(this.#place.dir, files.pids, name))
  readonly #log = (name: string): string => join(this.#place.dir, files.logs, `${name}.log`)
}
