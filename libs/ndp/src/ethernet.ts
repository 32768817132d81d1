import { type Mac, macFromBytes, macToBytes } from '@loadstone/ip'
import { bytes, type Codec, convert, only, rest, struct, u16 } from '@loadstone/wire'

const mac = convert(bytes(6), macFromBytes, macToBytes)

/** An IPv6 packet in its Ethernet frame. */
export const inEthernet = <T>(packet: Codec<T>) =>
  struct({ destination: mac, source: mac, etherType: only(u16, 0x86dd), packet, padding: rest })

/** A station's MAC, not a group's and not nobody's. */
export const isStation = (of: Mac): boolean => (Number.parseInt(of.slice(0, 2), 16) & 1) === 0 && of !== '00:00:00:00:00:00'
