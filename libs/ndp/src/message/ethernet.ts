import { macFromBytes, macToBytes } from '@loadstone/ip/bytes'
import { bytes, type Codec, convert, only, rest, struct, u16 } from '@loadstone/wire'

const mac = convert(bytes(6), macFromBytes, macToBytes)

/** An IPv6 packet in an Ethernet frame. `padding` is what hardware adds to reach 60 octets. */
export const inEthernet = <T>(packet: Codec<T>) =>
  struct({ destination: mac, source: mac, etherType: only(u16, 0x86dd), packet, padding: rest })
