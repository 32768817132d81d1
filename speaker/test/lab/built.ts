import { copyFileSync, existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'

const root = join(__dirname, __dirname.includes('/out/') ? '../../../..' : '../../..')
const folders: Readonly<Record<string, string>> = { 'bgp-js': 'libs/bgp', 'arp-ts': 'libs/arp', '@loadstone/crds': 'crds' }

/** Workspaces from their sources, as jest.config.js maps them. */
const workspaces: Plugin = {
  name: 'workspaces',
  setup: ({ onResolve }) => {
    const workspace = /^(bgp-js|arp-ts|@loadstone\/[a-z]+)(?:\/([a-z0-9-]+))?$/
    onResolve({ filter: workspace }, ({ path }) => {
      const [, name = '', entry = 'index'] = workspace.exec(path) ?? []
      return { path: join(root, folders[name] ?? name.replace('@loadstone', 'libs'), `src/${entry}.ts`) }
    })
  },
}

/** The speaker as the image has it, two bundles and the addon in one new folder, which is returned; and two programs for its neighbours. */
export async function builtSpeaker(): Promise<string> {
  const addon = join(root, 'libs/packet/build/packet.node')
  if (!existsSync(addon)) throw new Error(`${addon} is missing: run \`make -C libs/packet\``)
  const outdir = mkdtempSync(join(tmpdir(), 'speaker-'))
  await build({
    entryPoints: {
      speaker: join(root, 'speaker/src/main.ts'),
      'wire-worker': join(root, 'speaker/src/worker/main.ts'),
      prober: join(root, 'speaker/test/lab/prober.ts'),
      bfd: join(root, 'libs/bfd/src/cli/main.ts'),
    },
    outdir,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    plugins: [workspaces],
    logLevel: 'error',
  })
  copyFileSync(addon, join(outdir, 'packet.node'))
  return outdir
}
