import assert from 'node:assert/strict'
import { type Ip, type Mac, parseIp, parseMac } from '@loadstone/ip'
import { unhex } from '@loadstone/wire/testing'
import type { NdpFrame, NdpInterface } from '../src'

/** Frames as `tcpdump -xx` showed them between two Linux 6.18 hosts: near 02:00:5e:10:00:01, far 02:00:5e:10:00:02, in 2001:db8::/64. */
export const captured = {
  solicitation: `
    3333ff000002 02005e100001 86dd            # to the solicited-node group of 2001:db8::2
    60000000 0020 3a ff                       # 32 octets of ICMPv6, hop limit 255
    20010db8000000000000000000000001          # from near
    ff0200000000000000000001ff000002
    87 00 be16 00000000                       # who has
    20010db8000000000000000000000002          # 2001:db8::2?
    01 01 02005e100001                        # says near's MAC
  `,
  answer: `
    02005e100001 02005e100002 86dd
    60000000 0020 3a ff
    20010db8000000000000000000000002
    20010db8000000000000000000000001
    88 00 2c61 60000000                       # solicited, override
    20010db8000000000000000000000002
    02 01 02005e100002
  `,
  probe: `
    3333ff000002 02005e100002 86dd
    60000000 0020 3a ff
    00000000000000000000000000000000          # from nobody
    ff0200000000000000000001ff000002
    87 00 171c 00000000
    20010db8000000000000000000000002
    0e 01 d47e43fe0f49                        # a nonce, RFC 7527
  `,
  solicitationToOne: `
    02005e100001 02005e100002 86dd            # to near alone: is it still there?
    60000000 0020 3a ff
    fe8000000000000000005efffe100002
    20010db8000000000000000000000001
    87 00 608a 00000000
    20010db8000000000000000000000001
    01 01 02005e100002
  `,
  shortAnswer: `
    02005e100002 02005e100001 86dd
    60000000 0018 3a ff                       # 24 octets: no option
    20010db8000000000000000000000001
    fe8000000000000000005efffe100002
    88 00 80a5 40000000                       # solicited
    20010db8000000000000000000000001
  `,
  unsolicited: `
    333300000001 02005e100002 86dd            # to all nodes
    60000000 0020 3a ff
    fe8000000000000000005efffe100002
    ff020000000000000000000000000001
    88 00 3f67 20000000                       # override
    fe8000000000000000005efffe100002
    02 01 02005e100002
  `,
} as const

const mac = (text: string): Mac => parseMac(text) ?? assert.fail(text)
const ip = (text: string): Ip => parseIp(text) ?? assert.fail(text)

export const near: NdpInterface = { mac: mac('02:00:5e:10:00:01'), linkLocal: ip('fe80::5eff:fe10:1') }
export const far: NdpInterface = { mac: mac('02:00:5e:10:00:02'), linkLocal: ip('fe80::5eff:fe10:2') }
export const stranger = mac('02:00:5e:10:00:99')
export const nobody = mac('00:00:00:00:00:00')
export const everybody = mac('ff:ff:ff:ff:ff:ff')
export const nearIp = ip('2001:db8::1')
export const farIp = ip('2001:db8::2')
export const noIp = ip('::')
export const allNodes = ip('ff02::1')
/** Of farIp. */
export const group = { ip: ip('ff02::1:ff00:2'), mac: mac('33:33:ff:00:00:02') }

/** Near asks for far's address: the good frame of which each test breaks one thing. */
export const asking: NdpFrame = {
  destination: group.mac,
  source: near.mac,
  etherType: 0x86dd,
  packet: {
    trafficClass: 0,
    flowLabel: 0,
    source: nearIp,
    destination: group.ip,
    message: {
      type: 135,
      flags: { router: 0, solicited: 0, override: 0 },
      target: farIp,
      options: [{ type: 1, value: unhex('02005e100001') }],
    },
  },
  padding: new Uint8Array(),
}

type Changes = Partial<Omit<NdpFrame, 'packet'>> & {
  readonly packet?: Partial<NdpFrame['packet']>
  readonly message?: Partial<NdpFrame['packet']['message']>
}
/** `asking` with some things different. */
export function frame({ packet, message, ...rest }: Changes): NdpFrame {
  return { ...asking, ...rest, packet: { ...asking.packet, ...packet, message: { ...asking.packet.message, ...message } } }
}
export const linkLayer = (type: 1 | 2, of: Mac): { readonly type: number; readonly value: Uint8Array } => ({
  type,
  value: unhex(of.replaceAll(':', '')),
})
export const advertising = frame({
  destination: near.mac,
  source: far.mac,
  packet: { source: farIp, destination: nearIp },
  message: { type: 136, flags: { router: 0, solicited: 1, override: 1 }, options: [linkLayer(2, far.mac)] },
})
