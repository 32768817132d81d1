import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'

const root = join(__dirname, __dirname.includes('/out/') ? '../../../..' : '../../..')

/** Workspaces from their sources, as jest.config.js maps them. */
const workspaces: Plugin = {
  name: 'workspaces',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^@loadstone\// }, ({ path }) => {
      if (path === '@loadstone/kube/operator') return { path: join(root, 'libs/kube/src/operator.ts') }
      const folder = path === '@loadstone/crds' ? 'crds' : path.replace('@loadstone', 'libs')
      return { path: join(root, folder, 'src/index.ts') }
    })
  },
}

/** The operator as the image has it, one bundle in a new folder. Returns its path. */
export async function builtOperator(): Promise<string> {
  const outfile = join(mkdtempSync(join(tmpdir(), 'operator-')), 'operator.js')
  await build({
    entryPoints: [join(root, 'operator/src/main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    external: ['bufferutil', 'utf-8-validate'],
    plugins: [workspaces],
    logLevel: 'error',
  })
  return outfile
}
