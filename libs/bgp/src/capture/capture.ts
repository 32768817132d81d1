/** A packet as it stands in a capture: `frame` counts from 1 as Wireshark does, `link` is its link type. Its end may be missing (snap length). */
export type Packet = { readonly frame: number; readonly link: number; readonly octets: Uint8Array }

/** The packets of a file. `problem` says why the rest of the file cannot be read. */
type Capture = { readonly packets: readonly Packet[]; readonly problem?: string }

/** Nothing in the input can be decoded. */
export class UnreadableInput extends Error {
  override readonly name = 'UnreadableInput'
}

/** The first four octets of a pcap file say the order of octets, and whether times are in micro- or nanoseconds. */
const pcapMagics: ReadonlyMap<number, { readonly little: boolean }> = new Map([
  [0xa1b2c3d4, { little: false }],
  [0xa1b23c4d, { little: false }],
  [0xd4c3b2a1, { little: true }],
  [0x4d3cb2a1, { little: true }],
])
const blocks = { section: 0x0a0d0d0a, interface: 1, simplePacket: 3, packet: 6 } as const
const byteOrder = 0x1a2b3c4d

export const viewOf = (octets: Uint8Array): DataView => new DataView(octets.buffer, octets.byteOffset, octets.byteLength)
const magicOf = (file: Uint8Array): number => (file.length >= 4 ? viewOf(file).getUint32(0) : 0)

export const isCapture = (file: Uint8Array): boolean => pcapMagics.has(magicOf(file)) || magicOf(file) === blocks.section

/** The packets of a pcap or pcapng file, as far as it can be read. Throws UnreadableInput for another file. */
export function captureOf(file: Uint8Array): Capture {
  const pcap = pcapMagics.get(magicOf(file))
  if (pcap === undefined && magicOf(file) !== blocks.section) throw new UnreadableInput('this is neither a pcap nor a pcapng file')
  return pcap === undefined ? ofPcapng(file) : ofPcap(file, pcap)
}

const endsInside = (frame: number): string => `the file ends inside packet ${frame}`

function ofPcap(file: Uint8Array, { little }: { readonly little: boolean }): Capture {
  if (file.length < 24) return { packets: [], problem: 'the file ends inside its header' }
  const view = viewOf(file)
  const link = view.getUint32(20, little) & 0xffff // above are bits about frame check sequences
  const packets: Packet[] = []
  for (let at = 24; at < file.length; ) {
    const frame = packets.length + 1
    const end = at + 16 <= file.length ? at + 16 + view.getUint32(at + 8, little) : Number.POSITIVE_INFINITY
    if (end > file.length) return { packets, problem: endsInside(frame) }
    packets.push({ frame, link, octets: file.subarray(at + 16, end) })
    at = end
  }
  return { packets }
}

/** One block after another; a section begins with its order of octets and numbers its interfaces anew. */
function ofPcapng(file: Uint8Array): Capture {
  const packets: Packet[] = []
  let section = { little: false, links: [] as number[] }
  for (let at = 0; at < file.length; ) {
    const rest = viewOf(file.subarray(at))
    if (rest.byteLength < 12) return { packets, problem: endsInside(packets.length + 1) }
    if (rest.getUint32(0) === blocks.section) section = { little: rest.getUint32(8) !== byteOrder, links: [] }
    const length = rest.getUint32(4, section.little)
    if (length < 12 || length % 4 !== 0)
      return { packets, problem: `no block of pcapng has ${length} octets, as one behind packet ${packets.length} says` }
    if (length > rest.byteLength) return { packets, problem: endsInside(packets.length + 1) }
    const block = viewOf(file.subarray(at, at + length))
    if (block.getUint32(0, section.little) === blocks.interface && length >= 20) section.links.push(block.getUint16(8, section.little))
    const found = packetOf(block, section)
    if (found !== undefined) packets.push({ frame: packets.length + 1, ...found })
    at += length
  }
  return { packets }
}

/** The packet of a block, if it is of a kind that holds one. A simple one is of the first interface and does not say how much was kept. */
function packetOf(
  block: DataView,
  { little, links }: { readonly little: boolean; readonly links: readonly number[] },
): Omit<Packet, 'frame'> | undefined {
  const type = block.getUint32(0, little)
  const [begin, lengthAt] = type === blocks.packet ? [28, 20] : [12, 8]
  if ((type !== blocks.packet && type !== blocks.simplePacket) || block.byteLength < begin + 4) return undefined
  const end = Math.min(begin + block.getUint32(lengthAt, little), block.byteLength - 4)
  const link = links[type === blocks.packet ? block.getUint32(8, little) : 0] ?? -1
  return { link, octets: new Uint8Array(block.buffer, block.byteOffset + begin, end - begin) }
}
