// Makes dist/: one file for each program, and the native addon beside them, as the image has them in /app.
// What is not compiled yet is skipped, with a word about it; `--all` makes that an error.
import { copyFileSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const dist = join(root, 'dist')
const programs = {
  operator: 'operator/out/src/main.js',
  speaker: 'speaker/out/src/main.js',
  // A worker thread of the speaker, which starts it by this name.
  'wire-worker': 'speaker/out/src/worker/main.js',
}
const addon = 'libs/packet/build/packet.node'

const missing = [...Object.values(programs), addon].filter((path) => !existsSync(join(root, path)))
for (const path of missing) console.error(`bundle: ${path} is not there, so dist/ goes without it; \`make build\` compiles it`)
if (missing.length > 0 && process.argv.includes('--all')) process.exit(1)

// A program of an earlier build must not pass for one of this.
rmSync(dist, { recursive: true, force: true })
mkdirSync(dist)
const entryPoints = Object.fromEntries(Object.entries(programs).filter(([, path]) => !missing.includes(path)))
const result = await build({
  absWorkingDir: root,
  entryPoints,
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  // V8 keeps the text of a program in memory: without its blanks the operator takes 32 MB less. Names stay, for stack traces.
  minifyWhitespace: true,
  minifySyntax: true,
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
  // Only Node has these; the packages that ask for them can do without.
  external: ['bufferutil', 'utf-8-validate'],
})
if (!missing.includes(addon)) copyFileSync(join(root, addon), join(dist, 'packet.node'))

const sizes = Object.keys(result.metafile.outputs)
  .filter((path) => path.endsWith('.js'))
  .map((path) => `${path} ${(statSync(join(root, path)).size / 1024).toFixed(0)} kB`)
console.log(`bundle: ${sizes.join(', ')}`)
