import { type Frame, filters, openPacketSocket, type PacketSocket, type PacketSocketOptions, type SocketProblem } from '../../src'

type FrameLog = PacketSocket & {
  readonly frames: (Frame & { readonly hex: string })[]
  readonly problems: SocketProblem[]
  readonly batches: number[]
}

/** A packet socket that keeps what it hears. */
export function listenTo(ifIndex: number, options: Partial<PacketSocketOptions> = {}): FrameLog {
  const log = { frames: [] as FrameLog['frames'], problems: [] as SocketProblem[], batches: [] as number[] }
  const socket = openPacketSocket({
    ifIndex,
    etherType: 0x0806,
    filter: filters.arp,
    onFrames: (frames) => {
      log.batches.push(frames.length)
      log.frames.push(...frames.map((frame) => ({ ...frame, hex: Buffer.from(frame.bytes).toString('hex') })))
    },
    onError: (problem) => log.problems.push(problem),
    ...options,
  })
  return { ...socket, ...log }
}

const macs = { broadcast: 'ffffffffffff', stranger: '02005e1000ff' } as const

/** An ARP request for 192.0.2.`last`, as octets. */
export function arpRequest({ to = macs.broadcast, last = 10 }: { readonly to?: string; readonly last?: number } = {}): Uint8Array {
  const target = `c00002${last.toString(16).padStart(2, '0')}`
  const text = `${to}02005e1000010806000108000604000102005e100001c0000201000000000000${target}`
  return Uint8Array.from(Buffer.from(text, 'hex'))
}
