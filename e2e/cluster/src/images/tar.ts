/** One member of an archive. Owner is root, time is 0: the same input gives the same bytes. */
export type TarEntry = {
  readonly path: string
  readonly mode: number
} & (
  | { readonly type: 'file'; readonly content: Buffer }
  | { readonly type: 'directory' }
  | { readonly type: 'symlink'; readonly target: string }
)

const block = 512
const typeFlags = { file: '0', symlink: '2', directory: '5' } as const

/** A ustar archive (POSIX.1-1988). Throws when a path is longer than its header can hold (prefix 155, name 100, link target 100). */
export function tar(entries: readonly TarEntry[]): Buffer {
  return Buffer.concat([...entries.flatMap(member), Buffer.alloc(2 * block)])
}

function member(entry: TarEntry): readonly Buffer[] {
  const content = entry.type === 'file' ? entry.content : Buffer.alloc(0)
  const padding = (block - (content.length % block)) % block
  return [header(entry, content.length), content, Buffer.alloc(padding)]
}

function header(entry: TarEntry, size: number): Buffer {
  const path = entry.type === 'directory' ? `${entry.path}/` : entry.path
  const { prefix, name } = split(path)
  const target = entry.type === 'symlink' ? entry.target : ''
  if (Buffer.byteLength(target) > 100) throw new RangeError(`${target} is too long for a link target in a ustar archive (100 bytes)`)
  const bytes = Buffer.alloc(block)
  bytes.write(name, 0)
  octal(bytes, entry.mode, 100, 8)
  octal(bytes, 0, 108, 8)
  octal(bytes, 0, 116, 8)
  octal(bytes, size, 124, 12)
  octal(bytes, 0, 136, 12)
  bytes.write(typeFlags[entry.type], 156)
  bytes.write(target, 157)
  bytes.write('ustar\x0000', 257)
  bytes.write(prefix, 345)
  // The sum is taken with its own field full of blanks, and is written as six digits, a NUL and a blank.
  bytes.fill(' ', 148, 156)
  const sum = bytes.reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return bytes
}

function octal(bytes: Buffer, value: number, offset: number, width: number): void {
  const digits = value.toString(8).padStart(width - 1, '0')
  if (digits.length >= width) throw new RangeError(`${value} does not fit in a ustar header`)
  bytes.write(`${digits}\0`, offset)
}

/** A path of more than 100 bytes is cut at a slash; the part before goes into the prefix. */
function split(path: string): { readonly prefix: string; readonly name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: '', name: path }
  for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
    const prefix = path.slice(0, slash)
    const name = path.slice(slash + 1)
    if (name !== '' && Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) return { prefix, name }
  }
  throw new RangeError(`${path} is too long for a ustar archive (prefix 155, name 100 bytes)`)
}
