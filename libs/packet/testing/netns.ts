import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type * as jest from '@jest/globals'
import type * as bundling from './bundle'

const { NETNS_TEST: chosenTest, NETNS_ROLE: chosenRole, NETNS_NONCE: nonce = '', NODE_UNDER_TEST: node = process.execPath } = process.env
/** A body that hangs ends before its test does, so that what it printed is told. */
const limitMillis = 55_000
/** Where a body says that it ran to its end: code 0 proves nothing, because a process whose loop runs dry ends with 0 in the middle of a body, too. */
const proofFd = 3
/** EX_USAGE of sysexits: the bundle holds nothing by the chosen title or name. */
const unknownBody = 64
type Body = () => Promise<void> | void

/**
 * A test whose body runs in a process and a network namespace of its own, so that nothing it does reaches the machine: the test file is
 * bundled, started again there, and only the body with this title runs. Needs root. NODE_UNDER_TEST names another Node to run it.
 * The test passes when the body ran to its end and the process then ended by itself with code 0.
 */
export function inNetns(title: string, body: Body): void {
  if (chosenTest === undefined) register(title)
  else if (chosenTest === title && chosenRole === undefined) run(body)
}

/** What the bundle does when `startRole` starts it, or a worker with `roleEnvironment`. A name that no role has ends with code 64. */
export function role(name: string, body: Body): void {
  if (chosenRole === name) run(body)
}

/** Ends a body, in which readers may still live, as one that ran to its end. */
export function endBody(): never {
  prove()
  process.exit(0)
}

export const roleEnvironment = (name: string): NodeJS.ProcessEnv => ({ ...process.env, NETNS_ROLE: name })

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null; readonly output: string }

/** Runs a role in a process of its own in this namespace, until it ends. `command` starts Node: `['setpriv', '--bounding-set=-all']`. */
export function startRole(name: string, command: readonly string[] = []): Promise<Ended> {
  return ended([...command, node, ...nodeOptions, __filename], { ...roleEnvironment(name), NETNS_NONCE: undefined })
}

/** `ip('link set v0 up')`, in this namespace. */
export function ip(command: string): string {
  return execFileSync('ip', command.split(' '), { encoding: 'utf8' })
}

const nodeOptions = ['--enable-source-maps', '--expose-gc']

async function ended(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const { code, signal, output } = await endedWithProof(command, env)
  return { code, signal, output }
}

function endedWithProof([command = '', ...rest]: readonly string[], env: NodeJS.ProcessEnv): Promise<Ended & { readonly proof: string }> {
  const child = spawn(command, rest, { env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'], timeout: limitMillis, killSignal: 'SIGKILL' })
  const [, ...readable] = child.stdio
  let [output, proof] = ['', '']
  readable.forEach((stream, i) => {
    stream?.on('data', (chunk: Buffer) => {
      if (i + 1 === proofFd) proof += chunk.toString()
      else output += chunk.toString()
    })
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, output, proof }))
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
    const word = randomUUID()
    const command = ['unshare', '-n', '-m', node, ...nodeOptions, await bundled]
    const { code, signal, output, proof } = await endedWithProof(command, { ...process.env, NETNS_TEST: title, NETNS_NONCE: word })
    assert.equal(code, 0, `ended with ${signal ?? code}\n${output}`)
    assert.equal(proof, word, `ended with 0 before its body ran to its end\n${output}`)
    if (output !== '') console.log(`${title}\n${output}`)
  }, 60_000)
}

let found = false

function run(body: Body): void {
  found = true
  Promise.resolve()
    .then(() => {
      if (chosenRole === undefined) ip('link set lo up')
      return body()
    })
    .then(prove)
    .catch((error: unknown) => {
      console.error(error)
      process.exit(1)
    })
}

/** Roles have nobody to prove anything to: what they say is their output. */
function prove(): void {
  if (chosenRole === undefined) writeSync(proofFd, nonce)
}

// By then the bundle was read, and each body with it.
if (chosenTest !== undefined || chosenRole !== undefined) {
  setImmediate(() => {
    if (found) return
    console.error(`no ${chosenRole === undefined ? `test "${chosenTest}"` : `role "${chosenRole}"`} is in ${__filename}`)
    process.exit(unknownBody)
  })
}
