import { endianness } from 'node:os'

/** Kernel structs are in the machine's own byte order. */
export const little = endianness() === 'LE'

/** An `int` as setsockopt takes it. */
export function int(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setInt32(0, value, little)
  return bytes
}

/** Text with the closing zero that C wants. */
export const cString = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`)

/** Address families. */
export const domain = { ipv4: 2, ipv6: 10, netlink: 16, packet: 17 } as const
export const socketType = { stream: 1, datagram: 2, raw: 3 } as const
export const SOL_SOCKET = 1
