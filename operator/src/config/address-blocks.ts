import type { Block } from '../model/definitions'

/** Orders blocks: IPv4 before IPv6, then by first address. */
export function compareBlocks(a: Block, b: Block): number {
  if (a.family !== b.family) return a.family === 'ipv4' ? -1 : 1
  return a.first < b.first ? -1 : a.first > b.first ? 1 : 0
}

export const blocksOverlap = (a: Block, b: Block): boolean => a.family === b.family && a.first <= b.last && b.first <= a.last

export const blockHolds = ({ first, last }: Block, value: bigint): boolean => first <= value && value <= last

/** Blocks that do not overlap, sorted, so that the one an address lies in is found by halving. */
export function findBlock<B extends Block>(sorted: readonly B[], family: Block['family'], value: bigint): B | undefined {
  let [low, high] = [0, sorted.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const block = sorted[middle] as B
    const side = sideOf(block, family, value)
    if (side === 0) return block
    if (side < 0) high = middle - 1
    else low = middle + 1
  }
  return undefined
}

function sideOf(block: Block, family: Block['family'], value: bigint): number {
  if (block.family !== family) return family === 'ipv4' ? -1 : 1
  if (value < block.first) return -1
  return value > block.last ? 1 : 0
}
