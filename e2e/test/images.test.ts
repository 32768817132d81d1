import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { describe, test } from '@jest/globals'
import { librariesOf } from '../cluster/src/images/images'
import { type Image, imageArchive, layer, reference } from '../cluster/src/images/oci'

type Manifest = { readonly config: Descriptor; readonly layers: readonly Descriptor[] }
type Descriptor = { readonly digest: string; readonly size: number; readonly annotations?: Readonly<Record<string, string>> }

const base = layer([{ type: 'file', path: 'usr/bin/node', mode: 0o755, content: Buffer.from('a program') }])
const app = layer([{ type: 'file', path: 'app/main.js', mode: 0o644, content: Buffer.from('main()') }])
const image = (name: string, layers: Image['layers']): Image => ({ name, layers, config: { Entrypoint: ['/usr/bin/node'] } })
const names = (archive: Buffer): readonly string[] =>
  execFileSync('tar', ['-tf', '-'], { input: archive, encoding: 'utf8' }).trim().split('\n')
const blob = (archive: Buffer, digest: string): Buffer =>
  execFileSync('tar', ['-xOf', '-', `blobs/${digest.replace(':', '/')}`], { input: archive })
const json = <T>(bytes: Buffer): T => JSON.parse(bytes.toString()) as T

describe('an image archive', () => {
  const archive = imageArchive([image('docker.io/a:dev', [base, app]), image('docker.io/b:dev', [base])])
  const { manifests } = json<{ readonly manifests: readonly Descriptor[] }>(
    execFileSync('tar', ['-xOf', '-', 'index.json'], { input: archive }),
  )

  test('every blob is named by its digest, and every descriptor tells its size', () => {
    const blobs = names(archive).filter((name) => name.startsWith('blobs/'))
    for (const name of blobs) {
      const digest = name.replace('blobs/', '').replace('/', ':')
      assert.equal(`sha256:${createHash('sha256').update(blob(archive, digest)).digest('hex')}`, digest)
    }
    for (const { digest, size } of manifests) assert.equal(blob(archive, digest).length, size)
  })

  test('the layers of an image are those its configuration lists, in order', () => {
    const manifest = json<Manifest>(blob(archive, manifests[0]?.digest ?? ''))
    const config = json<{ readonly rootfs: { readonly diff_ids: readonly string[] } }>(blob(archive, manifest.config.digest))
    assert.deepEqual(config.rootfs.diff_ids, [base.digest, app.digest])
    assert.deepEqual(
      manifest.layers.map(({ digest }) => digest),
      [base.digest, app.digest],
    )
  })

  test('images are found by their names, and share a layer instead of carrying it twice', () => {
    assert.deepEqual(
      manifests.map(({ annotations }) => annotations?.['io.containerd.image.name']),
      ['docker.io/a:dev', 'docker.io/b:dev'],
    )
    assert.equal(names(archive).filter((name) => name.endsWith(base.digest.slice(7))).length, 1)
  })

  test('a layer that the receiver has is named but not carried', () => {
    const thin = imageArchive([image('docker.io/a:dev', [reference(base), app])])
    assert.deepEqual(
      names(thin).filter((name) => name.endsWith(base.digest.slice(7))),
      [],
    )
    assert.equal(names(thin).filter((name) => name.endsWith(app.digest.slice(7))).length, 1)
  })
})

test('the libraries of a program are the paths that ldd names, the loader included, the kernel page not', () => {
  const ldd = `	linux-vdso.so.1 (0x00007ffd)
	libm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f12)
	libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f13)
	/lib64/ld-linux-x86-64.so.2 (0x00007f14)
`
  assert.deepEqual(librariesOf(ldd), ['/lib/x86_64-linux-gnu/libm.so.6', '/lib/x86_64-linux-gnu/libc.so.6', '/lib64/ld-linux-x86-64.so.2'])
  assert.deepEqual(librariesOf('	statically linked\n'), [])
})
