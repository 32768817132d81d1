import { createHash } from 'node:crypto'
import { type TarEntry, tar } from './tar'

/** A layer: an uncompressed tar, and its digest. Without `bytes` it is one that the receiver has already. */
export type Layer = { readonly digest: string; readonly size: number; readonly bytes?: Buffer }

export type Image = {
  /** Whole, with registry and tag: docker.io/loadstone/echo:dev. */
  readonly name: string
  readonly layers: readonly Layer[]
  readonly config: {
    readonly Entrypoint: readonly string[]
    readonly Env?: readonly string[]
    readonly Cmd?: readonly string[]
    readonly WorkingDir?: string
    readonly User?: string
  }
}

type Descriptor = {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
}

const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`

export function layer(entries: readonly TarEntry[]): Layer {
  const bytes = tar(entries)
  return { digest: digestOf(bytes), size: bytes.length, bytes }
}

/** The same layer as a mere reference, for receivers that have it. */
export const reference = ({ digest, size }: Layer): Layer => ({ digest, size })

/** Go's names of the machines Node knows. */
const architecture = ({ x64: 'amd64', arm64: 'arm64' } as Readonly<Record<string, string>>)[process.arch] ?? process.arch

/** An OCI image layout as one tar (image-spec 1.0 and the name annotation that containerd reads): `ctr images import` takes it. */
export function imageArchive(images: readonly Image[]): Buffer {
  const blobs = new Map<string, Buffer>()
  const manifests = images.map((image) => manifest(image, blobs))
  const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests }
  const file = (path: string, content: Buffer): TarEntry => ({ type: 'file', path, mode: 0o644, content })
  return tar([
    file('oci-layout', json({ imageLayoutVersion: '1.0.0' })),
    file('index.json', json(index)),
    ...[...blobs].map(([digest, bytes]) => file(`blobs/${digest.replace(':', '/')}`, bytes)),
  ])
}

function manifest(image: Image, blobs: Map<string, Buffer>): Descriptor {
  for (const { digest, bytes } of image.layers) if (bytes !== undefined) blobs.set(digest, bytes)
  const config = json({
    architecture,
    os: 'linux',
    config: image.config,
    rootfs: { type: 'layers', diff_ids: image.layers.map(({ digest }) => digest) },
  })
  const layers = image.layers.map(({ digest, size }) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size }))
  const mediaType = 'application/vnd.oci.image.manifest.v1+json'
  const content = json({ schemaVersion: 2, mediaType, config: store(config, 'application/vnd.oci.image.config.v1+json', blobs), layers })
  return { ...store(content, mediaType, blobs), annotations: { 'io.containerd.image.name': image.name } }
}

function store(bytes: Buffer, mediaType: string, blobs: Map<string, Buffer>): Descriptor {
  const digest = digestOf(bytes)
  blobs.set(digest, bytes)
  return { mediaType, digest, size: bytes.length }
}

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
