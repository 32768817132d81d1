import assert from 'node:assert/strict'
import type { Family } from '@loadstone/ip'
import { decodeExactly, WireError } from '@loadstone/wire'
import { type BgpMessage, frame } from '../src/message/frame'
import { openMessage } from '../src/message/open'
import { type Update, updateMessage } from '../src/message/update/update'
import { decodeUpdate, type Reset } from '../src/message/update/update-decoder'
import { failureOf } from '../src/session/failure-text'
import { step } from '../src/session/fsm'
import { eventOf } from '../src/session/incoming-message'
import { negotiate } from '../src/session/negotiate'
import { peerOpenOf } from '../src/session/peer-open'
import { config, negotiated } from '../test/samples'
import { type MutationRoll, mutant } from './mutate'

const context = { ...negotiated, disabled: new Set<Family>() }
const contexts = [
  context,
  { ...context, internal: true },
  { ...context, fourOctetAs: false },
  { ...context, addPathReceive: ['ipv4', 'ipv6'] as const },
  { ...context, extendedNextHop: true },
]
const state = { at: 'established', negotiated } as const

/** Whatever comes, reading it gives an event that the state machine answers, in words too; and RFC 7606's remedy for it holds what it promises. */
export function decoder(roll: MutationRoll): void {
  const { message } = mutant(roll)
  const found = frame(message)
  if ('message' in found) judge(found.message)
}

/** One whole message, in every way a session could read it. Throws if a promise is broken. */
export function judge({ kind, body }: BgpMessage): void {
  const event = eventOf({ kind, body }, state, context.disabled)
  failureOf({ config, remote: 'peer', state, event }, step(config, state, event).actions)
  if (kind === 'open') judgeOpen(body)
  if (kind === 'update') for (const one of contexts) judgeUpdate(body, decodeUpdate(body, one), one)
}

function judgeOpen(body: Uint8Array): void {
  try {
    negotiate(config, peerOpenOf(decodeExactly(openMessage, body, 'OPEN')))
  } catch (error) {
    if (!(error instanceof WireError)) throw error
  }
}

function judgeUpdate(body: Uint8Array, update: Update | Reset, { families, addPathReceive }: (typeof contexts)[number]): void {
  if ('reset' in update) return
  const forgiven = update.faults.map(({ remedy }) => remedy)
  assert.ok(!forgiven.includes('session-reset'), 'a fault that resets was forgiven')
  if (forgiven.includes('treat-as-withdraw')) assert.deepEqual(update.announced, [], 'withdrawn routes must not be announced')
  if (forgiven.includes('afi-safi-disable')) assert.ok(update.disabled !== undefined, 'a family given up must be named')
  const { attributes, announced } = update
  if (announced.length > 0) assert.ok(attributes.origin !== undefined && attributes.asPath !== undefined, 'mandatory attributes')
  for (const { nextHops } of announced) assert.ok(nextHops.length > 0, 'a next hop')
  if (families.includes('ipv4')) nothingLost(body, update, addPathReceive.includes('ipv4') ? 4 : 0)
}

/** Every prefix of RFC 4271's own two fields is either announced or withdrawn: counted here by another reader than the library's. */
function nothingLost(body: Uint8Array, { announced, withdrawn }: Update, idOctets: number): void {
  const parts = decodeExactly(updateMessage, body, 'UPDATE')
  const told = [...announced, ...withdrawn].flatMap(({ family, paths }) => (family === 'ipv4' ? paths : []))
  const least = countPrefixes(parts.nlri, idOctets) + countPrefixes(parts.withdrawn, idOctets)
  assert.ok(told.length >= least, `${least} prefixes came, ${told.length} were told`)
}

function countPrefixes(octets: Uint8Array, idOctets: number): number {
  let count = 0
  for (let at = idOctets; at < octets.length; at += 1 + Math.ceil((octets[at] ?? 0) / 8) + idOctets) count++
  return count
}
