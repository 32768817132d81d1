import { chmodSync, copyFileSync, existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'

const root = join(__dirname, '../../..')
const folders: Readonly<Record<string, string>> = { 'bgp-js': 'libs/bgp', 'arp-ts': 'libs/arp' }

/** Resolves workspaces and their entry points to sources, as jest.config.js does. */
const workspaces: Plugin = {
  name: 'workspaces',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^(bgp-js|arp-ts|@loadstone\/[a-z]+)(\/[a-z]+)?$/ }, ({ path }) => {
      const [, name = '', entry = 'index'] = /^(bgp-js|arp-ts|@loadstone\/[a-z]+)(?:\/([a-z]+))?$/.exec(path) ?? []
      const folder = folders[name] ?? name.replace('@loadstone', 'libs')
      return { path: join(root, folder, entry === 'testing' ? 'testing/index.ts' : `src/${entry}.ts`) }
    })
  },
}

/** Bundles a test file with the addon beside it, as the product is bundled. Returns the bundle, in a new folder. */
export async function bundle(file: string): Promise<string> {
  const addon = process.env.PACKET_NODE ?? join(root, 'libs/packet/build/packet.node')
  if (!existsSync(addon)) throw new Error(`${addon} is missing: run \`make -C libs/packet\``)
  const folder = mkdtempSync(join(tmpdir(), 'netns-'))
  chmodSync(folder, 0o755) // for tests that run as somebody else
  const outfile = join(folder, 'bundle.js')
  await build({
    entryPoints: [file],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
    external: ['esbuild', '@jest/globals', 'fast-check'],
    plugins: [workspaces],
    logLevel: 'error',
  })
  copyFileSync(addon, join(folder, 'packet.node'))
  return outfile
}
