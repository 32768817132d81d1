import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

// The same from source, as Jest runs it, and from out/: the lock file stands only at the root.
function root(from: string): string {
  if (existsSync(join(from, 'package-lock.json'))) return from
  const above = dirname(from)
  if (above === from) throw new Error('e2e/cluster must run from a checkout of the repository: no package-lock.json was found above it')
  return root(above)
}

export const repository = root(__dirname)
/** Scripts and sources that the cluster carries with it. */
export const assets = join(repository, 'e2e/cluster')
export const cache = process.env['LOADSTONE_CACHE'] ?? join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'loadstone')
/** The folder of all clusters of this machine, one folder each. */
export const runBase = process.env['LOADSTONE_RUN'] ?? '/run/loadstone'
