import assert from 'node:assert/strict'
import type { Family } from '@loadstone/ip'
import { encodeToBytes } from '@loadstone/wire'
import { type Remedy, remedies as strengths } from '../src/message/error-codes'
import { updateMessage } from '../src/message/update/update'
import { decodeUpdate } from '../src/message/update/update-decoder'
import { negotiated } from '../test/samples'
import { below, type MutationRoll, hex as octets, pick } from './mutate'

type Piece = { readonly hex: string; readonly remedy?: Remedy }
const withdraw = 'treat-as-withdraw'
const discard = 'attribute-discard'

/** Each mandatory attribute as it should be, wrong in some way, or missing: RFC 7606 §7.1, §7.2, §7.3, §3 c and d. */
const mandatory: readonly (readonly Piece[])[] = [
  [
    { hex: '40 01 01 00' },
    { hex: '40 01 01 02' },
    { hex: '40 01 01 03', remedy: withdraw },
    { hex: '40 01 02 0000', remedy: withdraw },
    { hex: 'c0 01 01 00', remedy: withdraw },
    { hex: '', remedy: withdraw },
  ],
  [
    { hex: '40 02 06 02 01 0000fdea' },
    { hex: '50 02 0006 02 01 0000fdea' },
    { hex: '40 02 06 05 01 0000fdea', remedy: withdraw },
    { hex: '40 02 05 02 01 0000fd', remedy: withdraw },
    { hex: '40 02 02 02 00', remedy: withdraw },
    { hex: '', remedy: withdraw },
  ],
  [
    { hex: '40 03 04 0a630002' },
    { hex: '40 03 05 0a63000200', remedy: withdraw },
    { hex: '80 03 04 0a630002', remedy: withdraw },
    { hex: '', remedy: withdraw },
  ],
]

/** Optional ones, each of a type of its own, right and wrong: RFC 7606 §7.4 to §7.14, §3 c, RFC 6793 §6, RFC 8092 §6, RFC 9234 §5. */
const optional: readonly (readonly Piece[])[] = [
  [{ hex: '80 04 04 00000032' }, { hex: '80 04 03 000032', remedy: withdraw }, { hex: 'c0 04 04 00000032', remedy: withdraw }],
  [
    { hex: '40 05 04 00000064', remedy: discard },
    { hex: '40 05 01 00', remedy: discard },
  ],
  [{ hex: '40 06 00' }, { hex: '40 06 01 00', remedy: discard }],
  [{ hex: 'c0 07 08 0000fdea c0000201' }, { hex: 'c0 07 06 fdea c0000201', remedy: discard }],
  [{ hex: 'c0 08 04 fdea0064' }, { hex: 'c0 08 05 fdea006400', remedy: withdraw }, { hex: 'c0 08 00', remedy: withdraw }],
  [{ hex: '80 09 04 c0000201', remedy: discard }],
  [{ hex: '80 0a 04 c0000201', remedy: discard }],
  [
    { hex: `80 0e 1c 0002 01 10 ${'fd'.repeat(16)} 00 30 20010db80002` },
    { hex: `80 0e 1b 0002 01 0f ${'fd'.repeat(15)} 00 30 20010db80002`, remedy: 'afi-safi-disable' },
    { hex: `c0 0e 1c 0002 01 10 ${'fd'.repeat(16)} 00 30 20010db80002`, remedy: 'afi-safi-disable' },
    { hex: `80 0e 16 0002 01 10 ${'fd'.repeat(16)} 00 81`, remedy: 'afi-safi-disable' },
  ],
  [
    { hex: '80 0f 0a 0002 01 30 20010db80002' },
    { hex: 'c0 0f 0a 0002 01 30 20010db80002', remedy: 'afi-safi-disable' },
    { hex: '80 0f 02 0002', remedy: 'session-reset' },
  ],
  [{ hex: 'c0 10 08 0002fdea00000007' }, { hex: 'c0 10 07 0002fdea000000', remedy: withdraw }],
  [{ hex: 'c0 11 06 0201 0000fdea', remedy: discard }],
  [{ hex: 'c0 12 08 0000fdea c0000201', remedy: discard }],
  [{ hex: 'c0 20 0c 0000fdea 00000001 00000002' }, { hex: 'c0 20 08 0000fdea 00000001', remedy: withdraw }],
  [{ hex: 'c0 23 04 0000fdea' }, { hex: 'c0 23 05 0000fdea00', remedy: withdraw }],
  [{ hex: 'c0 63 03 010203' }, { hex: '80 63 00' }],
  [{ hex: '40 64 01 07', remedy: 'session-reset' }],
]

/** A message of attributes whose remedies are known one by one, in any order: what is done is the strongest of them, and nothing less. */
export function remedies(roll: MutationRoll): void {
  const chosen = [...mandatory.map((some) => pick(some, roll)), ...optional.filter(() => roll() < 0.3).map((some) => pick(some, roll))]
  const again = chosen.filter(({ hex }) => hex !== '' && roll() < 0.05).map(({ hex }) => twice(hex))
  const pieces = [...shuffled(chosen, roll), ...again]
  const parts = { withdrawn: octets('18 c63365'), attributes: octets(pieces.map(({ hex }) => hex).join('')), nlri: octets('18 c63364') }
  const update = decodeUpdate(encodeToBytes(updateMessage, parts, 'UPDATE'), { ...negotiated, disabled: new Set<Family>() })
  const due = new Set(pieces.map(({ remedy }) => remedy))
  const strongest = strengths.findLast((remedy) => due.has(remedy))
  const message = `${pieces.map(({ hex }) => hex).join(' | ')}: ${strongest ?? 'nothing'} is due`
  if (strongest === 'session-reset') {
    assert.ok('reset' in update, message)
    return
  }
  assert.ok(!('reset' in update), message)
  assert.equal(update.disabled, due.has('afi-safi-disable') ? 'ipv6' : undefined, message)
  const here = update.announced.some(({ family }) => family === 'ipv4')
  const gone = update.withdrawn.flatMap(({ family, paths }) => (family === 'ipv4' ? paths : [])).map(({ prefix }) => prefix.ip)
  assert.equal(here, !due.has(withdraw), message)
  assert.equal(gone.includes('198.51.100.0' as never), due.has(withdraw), message)
  assert.ok(gone.includes('198.51.101.0' as never), message)
  assert.equal(update.faults.length === 0, strongest === undefined, message)
}

/** RFC 7606 §3 g. */
const twice = (hex: string): Piece => ({ hex, remedy: /^.0 0[ef]/.test(hex) ? 'session-reset' : discard })

function shuffled<T>(items: readonly T[], roll: MutationRoll): readonly T[] {
  const left = [...items]
  return items.flatMap(() => left.splice(below(left.length, roll), 1))
}
