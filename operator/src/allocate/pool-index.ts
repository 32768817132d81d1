import { type Family, familyOf, type Ip } from '@loadstone/ip'
import { fromBigInt, toBigInt } from '@loadstone/ip/bytes'
import { blockHolds, compareBlocks, findBlock } from '../config/address-blocks'
import { type Config, type Pool, permits } from '../config/config'
import type { Block, PoolDefinition } from '../model/definitions'
import { compare } from '../model/json'
import type { Labels } from '../model/selector'
import type { Service, World } from '../model/world'
import type { AddressTable } from './address-table'
import { isAnycast } from './anycast'

type PoolBlock = Block & { readonly pool: Pool }
type Cursor = { block: number; next: bigint | undefined }

/** Addresses that some routers and old Windows versions drop (avoidBuggyIPs). */
const isBuggy = (ip: Ip): boolean => ip.endsWith('.0') || ip.endsWith('.255')

/** The pools of one pass: finds the pool of an address, and the next free address of a pool. */
export class PoolIndex {
  readonly pools: ReadonlyMap<string, Pool>
  /** Pools with autoAssign: reserved ones first, by priority, then by name. */
  readonly automatic: readonly Pool[]
  readonly #blocks: readonly PoolBlock[]
  readonly #cursors = new Map<string, Cursor>()
  readonly #former: readonly Pool[]
  readonly #table: AddressTable
  readonly #namespaces: ReadonlyMap<string, Labels>
  /** Addresses that Services ask for by name. */
  readonly #requested = new Set<Ip>()

  constructor({ pools, former }: Pick<Config, 'pools' | 'former'>, { namespaces }: Pick<World, 'namespaces'>, table: AddressTable) {
    this.pools = new Map(pools.map((pool) => [pool.name, pool]))
    this.automatic = pools.filter(({ definition }) => definition?.autoAssign === true).sort(byPreference)
    this.#blocks = pools
      .flatMap((pool) => (pool.definition?.blocks ?? []).map((block): PoolBlock => ({ ...block, pool })))
      .sort(compareBlocks)
    this.#former = former
    this.#namespaces = namespaces
    this.#table = table
  }

  /** The pool that holds all of these addresses; undefined if no single pool does. */
  holding(ips: readonly Ip[]): Pool | undefined {
    const [first, ...others] = ips.map((ip) => findBlock(this.#blocks, familyOf(ip), toBigInt(ip))?.pool)
    if (first === undefined || others.some((other) => other !== first)) return undefined
    return first.definition?.avoidBuggyIPs === true && ips.some(isBuggy) ? undefined : first
  }

  /** The pool that held them all until a moment ago. */
  former(ips: readonly Ip[]): Pool | undefined {
    const holds = ({ definition }: Pool): boolean =>
      ips.every((ip) => definition?.blocks.some((block) => block.family === familyOf(ip) && blockHolds(block, toBigInt(ip))) === true)
    return this.#former.find(holds)
  }

  /** From now on nobody is given on its own account what one of these asks for by name and could have. */
  reserve(services: readonly Service[]): void {
    for (const service of services) {
      const ips = 'ips' in service.request ? service.request.ips : []
      const pool = ips.length === 0 ? undefined : this.holding(ips)
      if (pool !== undefined && this.permits(pool, service)) for (const ip of ips) this.#requested.add(ip)
    }
  }

  /** Whether it is there to be given without being asked for by name. */
  isFree(ip: Ip): boolean {
    return this.#table.isFree(ip) && !this.#requested.has(ip)
  }

  /** Whether serviceAllocation lets the Service use the pool. */
  permits({ definition }: Pool, { meta }: Service): boolean {
    return permits(definition?.reservation, meta, this.#namespaces)
  }

  /** An address in use that the Service may share, else the lowest free one. */
  available(service: Service, { name, definition }: Pool, family: Family): Ip | undefined {
    if (definition === undefined) return undefined
    const shared = this.#table.shareable(service, name, family)
    return shared ?? this.#nextFree(name, definition, family)
  }

  /** The next free address. The search continues where the last one ended, because no address becomes free within a pass. */
  #nextFree(name: string, { blocks, avoidBuggyIPs }: PoolDefinition, family: Family): Ip | undefined {
    const key = `${family} ${name}`
    const cursor = this.#cursors.get(key) ?? { block: 0, next: undefined }
    this.#cursors.set(key, cursor)
    for (; cursor.block < blocks.length; cursor.block++, cursor.next = undefined) {
      const block = blocks[cursor.block] as Block
      if (block.family !== family) continue
      for (cursor.next ??= block.first; cursor.next <= block.last; cursor.next++) {
        const ip = fromBigInt(family, cursor.next)
        if (this.isFree(ip) && !(avoidBuggyIPs && isBuggy(ip)) && !isAnycast(block, cursor.next)) return ip
      }
    }
    return undefined
  }
}

function byPreference(a: Pool, b: Pool): number {
  const [left, right] = [a, b].map(({ definition }) => definition?.reservation)
  if ((left === undefined) !== (right === undefined)) return left === undefined ? 1 : -1
  const [x, y] = [left?.priority ?? 0, right?.priority ?? 0]
  return x === y ? compare(a.name, b.name) : x < y ? -1 : 1
}
