import { hash } from 'node:crypto'
import type { Ip } from '@loadstone/ip'

/** MetalLB's order of preference: SHA-256 of `node#address`, ascending by bytes, which hexadecimal text sorts alike. */
export const metallbRank = (node: string, address: Ip): string => hash('sha256', `${node}#${address}`)

/** 32-bit FNV-1a hash of a text. */
export function textHash(text: string): number {
  let hashed = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hashed = Math.imul(hashed ^ text.charCodeAt(i), 0x01000193)
  return hashed >>> 0
}

/**
 * Rendezvous weight of a node for an address or an owner, from the hashes of both. The highest weight wins, so the loss of a node moves only
 * what was its own. The finalizer of MurmurHash3 spreads neighbouring addresses; a cryptographic hash is not needed here.
 */
export function rendezvousWeight(node: number, address: number): number {
  let mixed = Math.imul(node ^ Math.imul(address, 0x9e3779b1), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0x27d4eb2f)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
