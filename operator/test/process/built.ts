import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'

const root = join(__dirname, __dirname.includes('/out/') ? '../../../..' : '../../..')

/** Resolves workspaces and their entry points to sources, as jest.config.js does. */
const workspaces: Plugin = {
  name: 'workspaces',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^@loadstone\// }, ({ path }) => {
      const [, name = '', entry = 'index'] = path.split('/')
      return { path: join(root, name === 'crds' ? 'crds' : `libs/${name}`, 'src', `${entry}.ts`) }
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
