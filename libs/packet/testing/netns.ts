import { execFileSync, spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type * as jest from '@jest/globals'
import type * as bundling from './bundle'

const { NETNS_TEST: chosenTest, NETNS_ROLE: chosenRole, NODE_UNDER_TEST: node = process.execPath } = process.env
type Body = () => Promise<void> | void

/**
 * A test whose body runs in a process and a network namespace of its own, so that nothing it does reaches the machine: the test file is
 * bundled, started again there, and only the body with this title runs. Needs root. NODE_UNDER_TEST names another Node to run it.
 */
export function inNetns(title: string, body: Body): void {
  if (chosenTest === undefined) register(title)
  else if (chosenTest === title && chosenRole === undefined) run(body)
}

/** What the bundle does when `startRole` starts it, or a worker with `roleEnvironment`. */
export function role(name: string, body: Body): void {
  if (chosenRole === name) run(body)
}

export const roleEnvironment = (name: string): NodeJS.ProcessEnv => ({ ...process.env, NETNS_ROLE: name })

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly output: string }

/** Runs a role in a process of its own in this namespace, until it ends. `command` starts Node: `['setpriv', '--bounding-set=-all']`. */
export function startRole(name: string, command: readonly string[] = []): Promise<Ended> {
  return ended([...command, node, ...nodeOptions, __filename], roleEnvironment(name))
}

/** `ip('link set v0 up')`, in this namespace. */
export function ip(command: string): string {
  return execFileSync('ip', command.split(' '), { encoding: 'utf8' })
}

const nodeOptions = ['--enable-source-maps', '--expose-gc']

function ended([command = '', ...rest]: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(command, rest, { env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000, killSignal: 'SIGKILL' })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, output }))
  })
}

let bundled: Promise<string> | undefined

/** In Jest. Both imports are late because Jest's own, and esbuild, cannot be loaded in the bundle. */
function register(title: string): void {
  const { afterAll, expect, test } = require('@jest/globals') as typeof jest
  const { bundle } = require('./bundle') as typeof bundling
  afterAll(async () => {
    if (bundled !== undefined) rmSync(dirname(await bundled), { recursive: true, force: true })
  })
  test(title, async () => {
    bundled ??= bundle(expect.getState().testPath ?? '')
    const environment = { ...process.env, NETNS_TEST: title }
    const { code, signal, output } = await ended(['unshare', '-n', '-m', node, ...nodeOptions, await bundled], environment)
    if (code !== 0) throw new Error(`ended with ${signal ?? code}\n${output}`)
  }, 60_000)
}

function run(body: Body): void {
  Promise.resolve()
    .then(() => {
      if (chosenRole === undefined) ip('link set lo up')
      return body()
    })
    .catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
}
