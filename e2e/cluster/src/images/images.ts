import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assets, repository } from '../host/paths'
import { must } from '../host/processes'
import { type Image, type Layer, layer } from './oci'
import type { TarEntry } from './tar'

export const imageNames = {
  pause: 'docker.io/loadstone/pause:dev',
  echo: 'docker.io/loadstone/echo:dev',
  loadstone: 'docker.io/loadstone/loadstone:dev',
} as const

const nodePath = '/usr/local/bin/node'
const environment = ['PATH=/usr/local/bin:/usr/bin:/bin', 'NODE_ENV=production']
/** What the build puts into dist/, and the image into /app. */
const bundle = ['operator.js', 'speaker.js', 'wire-worker.js', 'packet.node']

const directory = (path: string, mode = 0o755): TarEntry => ({ type: 'directory', path, mode })
const file = (path: string, content: Buffer, mode = 0o644): TarEntry => ({ type: 'file', path, content, mode })

/** Shared libraries that a program loads, by the path it loads them from: `libm.so.6 => /lib/… (0x…)` or `/lib64/ld-… (0x…)`. */
export function librariesOf(ldd: string): readonly string[] {
  const paths = ldd.split('\n').map((line) => /(?:=> |^\s*)(\/\S+) \(0x/.exec(line)?.[1])
  return [...new Set(paths.filter((path) => path !== undefined))]
}

/** The programs that the node layer consists of: this machine's node and all that it loads. */
export async function nodeFiles(): Promise<Readonly<Record<string, string>>> {
  const node = realpathSync(process.execPath)
  const libraries = librariesOf(await must(['ldd', node]))
  return { [nodePath]: node, ...Object.fromEntries(libraries.map((path) => [path, realpathSync(path)])) }
}

/** Node and nothing else: no shell, no package manager. About 105 MB, shared by the images above it. */
export function nodeLayer(files: Readonly<Record<string, string>>): Layer {
  const users = 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n'
  const groups = 'root:x:0:\nnonroot:x:65532:\n'
  return layer([
    directory('tmp', 0o1777),
    file('etc/passwd', Buffer.from(users)),
    file('etc/group', Buffer.from(groups)),
    ...Object.entries(files).map(([inside, here]) => file(inside.slice(1), readFileSync(here), 0o755)),
  ])
}

/** Holds a pod's namespaces; compiled here, because there is no registry to have it from. */
export async function pauseImage(): Promise<Image> {
  const out = join(tmpdir(), `loadstone-pause-${process.pid}`)
  await must(['cc', '-static', '-Os', '-s', '-o', out, join(assets, 'images/pause.c')])
  const program = file('pause', readFileSync(out), 0o755)
  await must(['rm', out])
  return { name: imageNames.pause, layers: [layer([program])], config: { Entrypoint: ['/pause'] } }
}

/** The workload behind test Services. */
export function echoImage(node: Layer): Image {
  const program = file('app/echo.js', readFileSync(join(assets, 'images/echo.js')))
  const config = { Entrypoint: [nodePath], Cmd: ['/app/echo.js'], Env: environment, User: '65532:65532' }
  return { name: imageNames.echo, layers: [node, layer([directory('app'), program])], config }
}

/**
 * The product: node as entry point, and `/app/operator.js` or `/app/speaker.js` as what it runs. Undefined before
 * `make build` has filled dist/.
 */
export function loadstoneImage(node: Layer): Image | undefined {
  const present = bundle.map((name) => [name, join(repository, 'dist', name)] as const).filter(([, path]) => existsSync(path))
  if (present.length === 0) return undefined
  const programs = present.map(([name, path]) => file(`app/${name}`, readFileSync(path), 0o755))
  const config = { Entrypoint: [nodePath], Env: environment, User: '65532:65532', WorkingDir: '/app' }
  return { name: imageNames.loadstone, layers: [node, layer([directory('app'), ...programs])], config }
}
