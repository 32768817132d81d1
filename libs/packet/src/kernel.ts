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

export const AF_INET = 2
export const AF_INET6 = 10
export const AF_NETLINK = 16
export const AF_PACKET = 17
export const SOCK_STREAM = 1
export const SOCK_DGRAM = 2
export const SOCK_RAW = 3
export const SOL_SOCKET = 1
export const SO_RCVBUF = 8
export const SO_RCVBUFFORCE = 33
