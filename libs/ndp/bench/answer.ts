/** What one question costs: `node libs/ndp/out/bench/answer.js`. The rule on decoded values beside the same rule on octets. */
import assert from 'node:assert/strict'
import { type Ip, parseIp, parseMac } from '@loadstone/ip'
import type { AddressRole } from '@loadstone/ip/l2'
import { decodeExactly, encodeToBytes } from '@loadstone/wire'
import { answer, type NdpInterface, NdpResponder, ndpFrame, solicitation } from '../src'

const parsed = <T>(value: T | undefined): T => value ?? assert.fail()
const own: NdpInterface = { mac: parsed(parseMac('02:00:5e:10:00:02')), linkLocal: parsed(parseIp('fe80::2')) }
const addresses = Array.from({ length: 10_000 }, (_, i): Ip => parsed(parseIp(`2001:db8::${(i + 16).toString(16)}`)))
const roles = new Map<Ip, AddressRole>(addresses.map((address) => [address, { as: 'owned' }]))
const asker = { source: parsed(parseMac('02:00:5e:10:00:01')), linkLocal: parsed(parseIp('fe80::1')) }
const octets = encodeToBytes(ndpFrame, solicitation(asker, parsed(addresses[5_000])), 'ndp')

function micros(runs: number, run: () => unknown): number {
  for (let i = 0; i < runs; i++) run()
  const began = process.hrtime.bigint()
  for (let i = 0; i < runs; i++) run()
  return Number(process.hrtime.bigint() - began) / 1_000 / runs
}

const responder = new NdpResponder(own)
const filling = micros(1, () => {
  for (const address of addresses) responder.set(address, { as: 'owned' })
})
const byRule = (): unknown => {
  const result = answer(decodeExactly(ndpFrame, octets, 'ndp'), own, roles)
  return 'reply' in result ? encodeToBytes(ndpFrame, result.reply, 'ndp') : result.ignored
}
assert.deepEqual(responder.answer(octets), byRule())
console.log(`10,000 addresses set: ${(filling / 1_000).toFixed(1)} ms`)
console.log(`the rule, decoded and encoded: ${micros(20_000, byRule).toFixed(2)} µs a question`)
console.log(`the responder: ${micros(500_000, () => responder.answer(octets)).toFixed(2)} µs a question`)
