/** What one question costs: `node libs/arp/out/bench/answer.js`. The rule on decoded values beside the same rule on octets. */
import assert from 'node:assert/strict'
import { type Ip, type Mac, parseIp, parseMac } from '@loadstone/ip'
import type { AddressRole } from '@loadstone/ip/l2'
import { decodeExactly, encodeToBytes } from '@loadstone/wire'
import { ArpResponder, answer, arpFrame, request } from '../src'

const parsed = <T>(value: T | undefined): T => value ?? assert.fail()
const own: Mac = parsed(parseMac('02:00:5e:10:00:02'))
const addresses = Array.from({ length: 10_000 }, (_, i): Ip => parsed(parseIp(`10.1.${i >> 8}.${i & 255}`)))
const roles = new Map<Ip, AddressRole>(addresses.map((address) => [address, { as: 'owned' }]))
const asked = request(parsed(parseMac('02:00:5e:10:00:01')), parsed(parseIp('10.1.255.1')), parsed(addresses[5_000]))
const octets = encodeToBytes(arpFrame, asked, 'arp')

function micros(runs: number, run: () => unknown): number {
  for (let i = 0; i < runs; i++) run()
  const began = process.hrtime.bigint()
  for (let i = 0; i < runs; i++) run()
  return Number(process.hrtime.bigint() - began) / 1_000 / runs
}

const responder = new ArpResponder(own)
const filling = micros(1, () => {
  for (const address of addresses) responder.set(address, { as: 'owned' })
})
const byRule = (): unknown => {
  const result = answer(decodeExactly(arpFrame, octets, 'arp'), own, roles)
  return 'reply' in result ? encodeToBytes(arpFrame, result.reply, 'arp') : result.ignored
}
assert.deepEqual(responder.answer(octets), byRule())
console.log(`10,000 addresses set: ${(filling / 1_000).toFixed(1)} ms`)
console.log(`the rule, decoded and encoded: ${micros(50_000, byRule).toFixed(2)} µs a question`)
console.log(`the responder: ${micros(1_000_000, () => responder.answer(octets)).toFixed(2)} µs a question`)
