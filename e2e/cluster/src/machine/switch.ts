import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { Socket } from 'node:net'
import { join } from 'node:path'
import { assets } from '../host/paths'
import { gone, type Identity, isAlive, signal } from '../host/processes'
import { files, readIdentity } from '../host/run-dir'
import { Shell } from '../host/shell'
import { waitFor } from '../host/steps'
import { ComponentError, type Place } from './machine'

/** The namespaces that everything of a cluster is inside of; the bridges are there. */
export class Switch {
  readonly shell: Shell
  readonly #place: Place

  constructor(place: Place) {
    this.#place = place
    this.shell = new Shell('the switch', () => this.identity(), place.env)
  }

  /** Makes the namespaces and the network. They live as long as the returned process's standard input. */
  async boot(): Promise<ChildProcess> {
    const log = openSync(join(this.#place.dir, files.logs, 'switch.log'), 'a')
    const unshare = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--propagation', 'private']
    const argv = [...unshare, 'sh', join(assets, 'boot/switch.sh'), this.#place.dir]
    // In a session of its own: Ctrl-C is for us, who then decide.
    const child = spawn('unshare', argv, { stdio: ['pipe', log, log], env: this.#place.env, detached: true })
    closeSync(log)
    child.unref() // it must not keep us alive, nor must the pipe to it
    if (child.stdin instanceof Socket) child.stdin.unref()
    child.once('error', () => {}) // seen below as an exit
    try {
      await this.#booted(child)
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    }
    return child
  }

  #booted(child: ChildProcess): Promise<void> {
    return waitFor({
      withinSeconds: 60,
      until: async () => this.#find() !== undefined,
      unless: () => {
        if (child.pid === undefined || child.exitCode !== null) throw this.#failure(`ended with ${child.exitCode}`)
      },
      late: () => this.#failure('took more than 60 s'),
    })
  }

  /** PID 1 of the cluster. */
  identity(): Identity {
    const who = this.#find()
    if (who === undefined || !isAlive(who)) throw this.#failure('is not running')
    return who
  }

  /** Starts PID 1 of a machine, whose network namespace must be there. */
  async powerOn(name: string): Promise<void> {
    const log = join(this.#place.dir, files.logs, `${name}.log`)
    rmSync(join(this.#place.dir, files.pids, name), { force: true }) // of an earlier life
    const namespaces = ['--mount', '--uts', '--pid', '--fork', '--propagation', 'private']
    const script = ['sh', join(assets, 'boot/machine.sh'), this.#place.dir, name]
    const boot = ['nsenter', `--net=/run/netns/${name}`, 'unshare', ...namespaces, ...script]
    await this.shell.detach(['sh', '-c', `exec "$@" >>${log} 2>&1 </dev/null`, 'sh', ...boot])
    await waitFor({
      withinSeconds: 60,
      until: async () => readIdentity(join(this.#place.dir, files.pids, name)) !== undefined,
      late: () => new ComponentError(`${name} did not boot within 60 s. Its log, ${log}:\n${tail(log)}`),
    })
  }

  /** Ends every process of the cluster. */
  async end(): Promise<void> {
    const who = this.#find()
    if (who === undefined) return
    signal(who, 'SIGKILL')
    if (!(await gone(who, 20_000))) throw this.#failure('survives SIGKILL')
  }

  #find(): Identity | undefined {
    return readIdentity(join(this.#place.dir, files.pids, 'switch'))
  }

  #failure(what: string): ComponentError {
    const log = join(this.#place.dir, files.logs, 'switch.log')
    return new ComponentError(`the cluster's network (PID 1 of its namespaces) ${what}. Its log, ${log}:\n${tail(log)}`)
  }
}

const tail = (file: string): string => readFileSync(file, 'utf8').trimEnd().split('\n').slice(-15).join('\n')
