import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { argumentsOf } from '../../src/cli/arguments'
import { type Decoded, decodeCommand } from '../../src/cli/decode'

const vectors = join(__dirname, '../../vectors')
export const capture = (name: string): Buffer => readFileSync(join(vectors, name))

/** A message as `decode --json` prints it. */
export type Line = {
  readonly frame: number
  readonly from: string
  readonly type: string
  readonly octets?: number
  readonly problem?: string
} & Readonly<Record<string, unknown>>

/** `bgp-js decode` with these words, and this on standard input. */
export const decode = (words: readonly string[], stdin: Uint8Array = new Uint8Array()): Promise<Decoded> =>
  decodeCommand(argumentsOf(['decode', ...words]), {
    stdin: () => Promise.resolve(stdin),
    file: readFileSync,
    exists: (path) => path.includes('/'),
  })

/** The same as objects, and what went to stderr. */
export async function decodeJson(
  file: Uint8Array,
  ...words: readonly string[]
): Promise<{ lines: readonly Line[]; problems: readonly string[] }> {
  const { lines, problems } = await decode(['--json', ...words], file)
  return { lines: lines.map((line) => JSON.parse(line) as Line), problems }
}

/** The fields of vectors/*.tsv, a row for each packet. */
export function seenByTshark(name: string): readonly Readonly<Record<string, readonly string[]>>[] {
  const [head = '', ...rows] = capture(name).toString().trimEnd().split('\n')
  const fields = head.split('\t')
  return rows.map((row) => {
    const values = row.split('\t')
    return Object.fromEntries(fields.map((field, i) => [field, (values[i] ?? '').split(',').filter((value) => value !== '')]))
  })
}

/** The records of a little-endian pcap file, header of the record included. */
export function recordsOf(file: Buffer): readonly Buffer[] {
  const records: Buffer[] = []
  for (let at = 24; at < file.length; ) {
    const end = at + 16 + file.readUInt32LE(at + 8)
    records.push(file.subarray(at, end))
    at = end
  }
  return records
}

export const pcapOf = (file: Buffer, records: readonly Uint8Array[]): Buffer => Buffer.concat([file.subarray(0, 24), ...records])
