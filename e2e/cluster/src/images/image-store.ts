import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assets, cache } from '../host/paths'
import { must } from '../host/processes'
import { echoImage, nodeFiles, nodeLayer, pauseImage } from './images'
import { imageArchive, type Layer, reference } from './oci'

const storeBase = join(cache, 'images')
const build = join(assets, 'boot/image-store.sh')

/**
 * The folder of a containerd root that holds the images every cluster needs. It is kept on disk and nodes link to it, so they
 * are unpacked once for all. Made anew (about 3 s) when node, containerd or one of the images has changed.
 */
export async function imageStore(): Promise<string> {
  const programs = await nodeFiles()
  const sources = [
    'src/images/images.ts',
    'src/images/tar.ts',
    'src/images/oci.ts',
    'images/pause.c',
    'images/echo.js',
    'boot/image-store.sh',
  ]
  const stamps = Object.values(programs).map((path) => `${path} ${statSync(path).size} ${statSync(path).mtimeMs}`)
  const contents = sources.map((name) => readFileSync(join(assets, name)).toString('base64'))
  const key = createHash('sha256')
    .update([...stamps, ...contents, await must(['containerd', '--version'])].join('\n'))
    .digest('hex')
    .slice(0, 16)
  const root = join(storeBase, key)
  if (!existsSync(root)) await make(root, programs)
  utimesSync(root, new Date(), new Date())
  return root
}

/** The layer of node in a store, by reference. */
export const nodeLayerOf = (store: string): Layer => JSON.parse(readFileSync(join(store, 'node-layer.json'), 'utf8')) as Layer

/** Made aside and moved into place, so that a store that exists is whole, whoever else is making it. */
async function make(root: string, programs: Readonly<Record<string, string>>): Promise<void> {
  const node = nodeLayer(programs)
  const scratch = join(storeBase, `.new-${process.pid}`)
  mkdirSync(scratch, { recursive: true })
  try {
    const input = imageArchive([await pauseImage(), echoImage(node)])
    await must(['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc', 'sh', build, scratch], {
      input,
      timeoutSeconds: 120,
    })
    writeFileSync(join(scratch, 'root/node-layer.json'), JSON.stringify(reference(node)))
    await must(['mv', '-T', join(scratch, 'root'), root]).catch((error: unknown) => {
      if (!existsSync(root)) throw error
    })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  forgetOldStores()
}

/** 300 MB each. Three are kept, and whatever the last hour has used: a cluster that runs may need it. */
function forgetOldStores(): void {
  const stores = readdirSync(storeBase).filter((name) => !name.startsWith('.new-'))
  const usedAt = (path: string): number => statSync(path).mtimeMs
  const newestFirst = stores.map((name) => join(storeBase, name)).sort((a, b) => usedAt(b) - usedAt(a))
  for (const old of newestFirst.slice(3)) if (usedAt(old) < Date.now() - 3_600_000) rmSync(old, { recursive: true, force: true })
}
