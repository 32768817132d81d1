import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from '@jest/globals'
import fc from 'fast-check'
import { type TarEntry, tar } from '../cluster/src/images/tar'

const file = (path: string, content: string, mode = 0o644): TarEntry => ({ type: 'file', path, mode, content: Buffer.from(content) })
/** What the system's own tar makes of an archive. */
const listed = (archive: Buffer): readonly string[] =>
  execFileSync('tar', ['-tvf', '-', '--numeric-owner', '--utc'], { input: archive, encoding: 'utf8' }).trim().split('\n')
const extracted = (archive: Buffer, path: string): string => execFileSync('tar', ['-xOf', '-', path], { input: archive, encoding: 'utf8' })
const long = `${'a'.repeat(90)}/${'b'.repeat(60)}/${'c'.repeat(99)}`

describe('a tar archive', () => {
  test('is what the system tar reads: names, modes, sizes, links, the beginning of time', () => {
    const archive = tar([
      { type: 'directory', path: 'tmp', mode: 0o1777 },
      file('bin/run', 'hello', 0o755),
      { type: 'symlink', path: 'lib', mode: 0o777, target: 'usr/lib' },
    ])
    assert.deepEqual(
      listed(archive).map((line) => line.replace(/\s+/g, ' ')),
      [
        'drwxrwxrwt 0/0 0 1970-01-01 00:00 tmp/',
        '-rwxr-xr-x 0/0 5 1970-01-01 00:00 bin/run',
        'lrwxrwxrwx 0/0 0 1970-01-01 00:00 lib -> usr/lib',
      ],
    )
  })

  test('keeps a path of 250 bytes by cutting it at a slash', () => {
    assert.equal(extracted(tar([file(long, 'far')]), long), 'far')
  })

  test.each([
    ['a name of 101 bytes without a slash', file('x'.repeat(101), '')],
    ['a path whose parts fit in neither field', file(`${'x'.repeat(160)}/${'y'.repeat(20)}`, '')],
    ['a link target of 101 bytes', { type: 'symlink', path: 'l', mode: 0o777, target: 'x'.repeat(101) } as const],
  ])('refuses %s instead of cutting it off', (_, entry) => {
    assert.throws(() => tar([entry]), RangeError)
  })

  test('is a multiple of 512 bytes, ends with two empty blocks, and is the same for the same input', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 1100 })), (contents) => {
        const entries = contents.map(
          (content, index): TarEntry => ({ type: 'file', path: `f${index}`, mode: 0o644, content: Buffer.from(content) }),
        )
        const archive = tar(entries)
        assert.equal(archive.length % 512, 0)
        assert.ok(archive.subarray(-1024).equals(Buffer.alloc(1024)))
        assert.ok(tar(entries).equals(archive))
      }),
    )
  })

  test('gives back any content', () => {
    const dir = mkdtempSync(join(tmpdir(), 'tar-'))
    try {
      const sizes = [0, 1, 511, 512, 513, 70_000]
      const archive = tar(sizes.map((size) => file(`f${size}`, 'x'.repeat(size))))
      execFileSync('tar', ['-xf', '-', '-C', dir], { input: archive })
      const found = execFileSync('stat', ['-c', '%s', ...sizes.map((size) => `f${size}`)], { cwd: dir, encoding: 'utf8' })
      assert.deepEqual(found.trim().split('\n').map(Number), sizes)
    } finally {
      rmSync(dir, { recursive: true })
    }
  })
})
