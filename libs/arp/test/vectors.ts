import assert from 'node:assert/strict'
import { type Ip, type Mac, parseIp, parseMac } from '@loadstone/ip'
import type { ArpFrame } from '../src'

/** Frames as `tcpdump -xx` showed them between Linux 6.18 (02:00:5e:10:00:02, 192.0.2.2) and `ping` and `arping` beside it. */
export const captured = {
  request: `
    ffffffffffff 02005e100001 0806   # to everybody
    0001 0800 06 04 0001             # Ethernet, IPv4, lengths, request
    02005e100001 c0000201            # sender
    000000000000 c0000202            # who has 192.0.2.2?
  `,
  reply: `
    02005e100001 02005e100002 0806
    0001 0800 06 04 0002             # reply
    02005e100002 c0000202
    02005e100001 c0000201
  `,
  probe: `
    ffffffffffff 02005e100001 0806
    0001 0800 06 04 0001
    02005e100001 00000000            # arping -D: nobody asks
    ffffffffffff c0000202
  `,
  replyToProbe: `
    02005e100001 02005e100002 0806
    0001 0800 06 04 0002
    02005e100002 c0000202
    02005e100001 00000000            # answered nevertheless
  `,
  gratuitousRequest: `
    ffffffffffff 02005e100001 0806
    0001 0800 06 04 0001
    02005e100001 c0000201
    ffffffffffff c0000201            # arping -U: sender and target are one
  `,
  gratuitousReply: `
    ffffffffffff 02005e100001 0806
    0001 0800 06 04 0002             # arping -A
    02005e100001 c0000201
    02005e100001 c0000201
  `,
} as const

const mac = (text: string): Mac => parseMac(text) ?? assert.fail(text)
const ip = (text: string): Ip => parseIp(text) ?? assert.fail(text)

export const near = mac('02:00:5e:10:00:01')
export const far = mac('02:00:5e:10:00:02')
export const stranger = mac('02:00:5e:10:00:99')
export const everybody = mac('ff:ff:ff:ff:ff:ff')
export const nobody = mac('00:00:00:00:00:00')
export const nearIp = ip('192.0.2.1')
export const farIp = ip('192.0.2.2')
export const noIp = ip('0.0.0.0')

/** Near asks everybody for far's address: the good frame of which each test breaks one thing. */
export const asking: ArpFrame = {
  destination: everybody,
  source: near,
  etherType: 0x0806,
  hardwareType: 1,
  protocolType: 0x0800,
  hardwareLength: 6,
  protocolLength: 4,
  operation: 1,
  senderMac: near,
  senderIp: nearIp,
  targetMac: nobody,
  targetIp: farIp,
  padding: new Uint8Array(),
}
