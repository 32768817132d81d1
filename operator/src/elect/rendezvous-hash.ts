import { createHash } from 'node:crypto'
import type { Ip } from '@loadstone/ip'

/** MetalLB's order of preference: SHA-256 of `node#address`, ascending by bytes, which hexadecimal text sorts alike. */
export const metallbRank = (node: string, address: Ip): string => createHash('sha256').update(`${node}#${address}`).digest('hex')

/** 32-bit FNV-1a hash of a text. */
export function textHash(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}

/**
 * Rendezvous weight of a node for an address, from the hashes of both. The highest weight wins, so the loss of a node moves only its
 * own addresses. The finalizer of MurmurHash3 spreads neighbouring addresses; a cryptographic hash is not needed here.
 */
export function rendezvousWeight(node: number, address: number): number {
  let hash = Math.imul(node ^ Math.imul(address, 0x9e3779b1), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0x27d4eb2f)
  return (hash ^ (hash >>> 16)) >>> 0
}
