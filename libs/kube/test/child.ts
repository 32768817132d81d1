import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach } from '@jest/globals'
import type { RunningApiServer } from '@loadstone/kube/testing'
import { buildSync } from 'esbuild'

export type Child = {
  readonly pid: number
  /** Lines of its output, with the time of arrival by this process's clock. */
  readonly lines: readonly { readonly text: string; readonly at: number }[]
  readonly kill: (signal: NodeJS.Signals) => Promise<void>
}

const repository = join(__dirname, '../../..')

const bundled = new Set<string>()

/** Bundles a script once. A second writing would leave the file empty for a moment, and a child started then would do nothing. */
function bundle(script: string, folder: string): string {
  const outfile = join(folder, `${script}.cjs`)
  if (bundled.has(outfile)) return outfile
  const source = (workspace: string, entry = 'index'): string => join(repository, workspace, 'src', `${entry}.ts`)
  buildSync({
    entryPoints: [join(__dirname, 'children', `${script}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
    alias: {
      '@loadstone/kube': source('libs/kube'),
      '@loadstone/kube/leases': source('libs/kube', 'leases'),
      '@loadstone/kube/writes': source('libs/kube', 'writes'),
      '@loadstone/clock': source('libs/clock'),
      '@loadstone/crds': source('crds'),
    },
  })
  bundled.add(outfile)
  return outfile
}

/** Runs a script of test/children as the product runs: bundled, in a Node process of its own. */
function startChild(script: string, folder: string, args: readonly string[]): Child {
  const outfile = bundle(script, folder)
  const child: ChildProcess = spawn(process.execPath, [outfile, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: { text: string; at: number }[] = []
  if (child.stdout !== null) createInterface(child.stdout).on('line', (text) => void lines.push({ text, at: performance.now() }))
  return {
    pid: child.pid ?? 0,
    lines,
    kill: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    },
  }
}

/** Returns a function that starts a script of test/children with access to the server. Children are killed after each test. */
export function useChildren(server: () => RunningApiServer): (script: string, ...args: readonly string[]) => Child {
  const children: Child[] = []
  afterEach(() => Promise.all(children.splice(0).map((child) => child.kill('SIGKILL'))))
  return (script, ...args) => {
    const { url, adminToken, folder } = server()
    const child = startChild(script, folder, [url, adminToken, join(folder, 'certificates/apiserver.crt'), ...args])
    children.push(child)
    return child
  }
}

/** Whether the last line of a candidate says that it leads. */
export const leads = ({ lines }: Child): boolean => lines.at(-1)?.text.startsWith('leads') === true
