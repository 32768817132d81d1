import { type Ip, parseIp } from '@loadstone/ip'
import type { Leaving } from '@loadstone/plan'
import { among, type Candidate } from '../../../src/elect/candidate'
import { textHash } from '../../../src/elect/rendezvous-hash'
import type { PublishedPlan, World } from '../../../src/model/world'
import type { AddressDemand } from '../../../src/plan/l2/demands'
import { candidateOf, type EligibleNodes } from '../../../src/plan/l2/eligible-nodes'
import type { MoveMemory } from '../../../src/plan/l2/movement'
import { type PlacedAddresses, placeAddresses } from '../../../src/plan/l2/place-addresses'
import type { L2Placement } from '../../../src/plan/l2/placement'
import type { NodeView } from '../../../src/plan/nodes/node-view'

type SimNode = { up: boolean; ready: boolean; leaving?: Leaving; score: number; zone: string }
export type SimRules = { readonly count: number; readonly placement: 'balanced' | 'metallb'; readonly rebalance: boolean }

export const addressAt = (i: number): Ip => parseIp(`10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)!
export const nodeAt = (i: number): string => `node-${`${i}`.padStart(4, '0')}`

/** A sequence of numbers in [0, 1) that its seed decides (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Placement alone, with what a world needs for it: nodes that come and go, addresses, and speakers that claim what they are told to. */
export class SimPlacement {
  readonly nodes = new Map<string, SimNode>()
  /** Addresses, each with the only nodes that may announce it, if not all may. */
  readonly addresses = new Map<Ip, ReadonlySet<string> | undefined>()
  readonly rules: SimRules
  nowSeconds = 1_767_225_600
  published: readonly L2Placement[] = []
  /** Nodes whose speakers do not carry out their plan. */
  readonly stuck = new Set<string>()
  memory: MoveMemory | undefined
  #claims = new Map<string, Map<string, number>>()

  constructor(rules: Partial<SimRules> = {}) {
    this.rules = { count: 3, placement: 'balanced', rebalance: true, ...rules }
  }

  addNodes(count: number, zones = 3): this {
    for (let i = 0; i < count; i++) this.nodes.set(nodeAt(i), { up: true, ready: true, score: 0, zone: `z${i % zones}` })
    return this
  }

  change(name: string, more: Partial<SimNode>): void {
    this.nodes.set(name, { ...this.nodes.get(name)!, ...more })
  }

  /** One pass, and the speakers' answer to it. */
  pass(seconds = 1): PlacedAddresses {
    const result = this.plan()
    this.memory = result.moves
    this.published = result.placements
    this.#report()
    this.nowSeconds += seconds
    return result
  }

  plan(): PlacedAddresses {
    const views = this.views()
    const all = this.#eligible(views)
    const demands = new Map<Ip, AddressDemand>()
    for (const [ip, only] of this.addresses) {
      const nodeSet = only === undefined ? all : { ...all, eligible: among(all.eligible, only), isNarrowed: true }
      demands.set(ip, { services: [], nodeSets: [nodeSet], electedBy: ip })
    }
    return placeAddresses(demands, {
      world: { endpoints: new Map(), slices: this.#slices(), plans: this.#plans() },
      config: { l2: [], unknown: { l2: false, bgp: false } as never },
      rules: this.rules,
      views,
      eligibleNodesOf: () => all,
      nowSeconds: this.nowSeconds,
      moves: this.memory,
    })
  }

  /** Passes until nothing is due at once. */
  settle(): this {
    for (let i = 0; i < 50; i++) {
      const before = JSON.stringify(this.published.map(({ candidates, from }) => [candidates, from]))
      const { nextSeconds } = this.pass()
      if (nextSeconds !== 0 && before === JSON.stringify(this.published.map(({ candidates, from }) => [candidates, from]))) return this
    }
    throw new Error('placement never comes to rest')
  }

  owners(): ReadonlyMap<Ip, string> {
    return new Map(this.published.map(({ address, candidates: [owner = ''] }) => [address, owner]))
  }

  loads(): ReadonlyMap<string, number> {
    const loads = new Map([...this.nodes.keys()].map((name) => [name, 0]))
    for (const owner of this.owners().values()) loads.set(owner, (loads.get(owner) ?? 0) + 1)
    return loads
  }

  /** Whom each node watches or is watched by. */
  partners(): ReadonlyMap<string, ReadonlySet<string>> {
    const found = new Map([...this.nodes.keys()].map((name) => [name, new Set<string>()]))
    for (const { candidates } of this.published) {
      const [owner = '', ...standbys] = candidates
      for (const node of standbys) {
        found.get(owner)?.add(node)
        found.get(node)?.add(owner)
      }
    }
    return found
  }

  /** By node, the addresses it claims and at which term. */
  claimed(): ReadonlyMap<string, ReadonlyMap<string, number>> {
    return new Map(this.#claims)
  }

  views(): ReadonlyMap<string, NodeView> {
    return new Map(
      [...this.nodes].map(([name, { up, ready, leaving, zone }]): [string, NodeView] => [
        name,
        {
          node: { name, zone, outOfService: leaving === 'out-of-service' } as NodeView['node'],
          hash: textHash(name),
          excluded: leaving === 'out-of-service' ? 'OutOfService' : undefined,
          unavailable: up ? undefined : 'NoSpeaker',
          ready,
          leaving,
          up: new Set(['eth0']),
          starting: false,
        },
      ]),
    )
  }

  #eligible(views: ReadonlyMap<string, NodeView>): EligibleNodes {
    const eligible = new Map<string, Candidate>()
    const unavailable = new Map<string, Candidate>()
    for (const [name, view] of views) {
      if (view.excluded !== undefined) continue
      const of = view.unavailable === undefined ? eligible : unavailable
      of.set(name, candidateOf(view, this.nodes.get(name)?.score ?? 0))
    }
    return {
      eligible,
      unavailable,
      interfaces: new Map([...views.keys()].map((name) => [name, undefined])),
      obstacles: new Map(),
      everywhere: eligible.size,
      starting: new Set(),
      isNarrowed: false,
      hasPreferences: [...this.nodes.values()].some(({ score }) => score > 0),
    }
  }

  #slices(): World['slices'] {
    const meta = {} as World['slices'][number]['meta']
    const l2 = this.published.map(({ address, services, candidates, term, from }) => ({
      address,
      services,
      candidates,
      term,
      ...(from === undefined ? {} : { from }),
    }))
    return [{ meta, raw: {} as never, spec: { node: '', l2, routes: [] } }]
  }

  #plans(): World['plans'] {
    return new Map(
      [...this.nodes.keys()].map((name): [string, PublishedPlan] => {
        const claims = [...(this.#claims.get(name) ?? [])].map(([address, term]) => ({ address, term, takeovers: 0, interfaces: [] }))
        return [name, { meta: { name }, raw: {}, spec: { sessions: [], routeSets: [] }, status: { claims } } as unknown as PublishedPlan]
      }),
    )
  }

  /** A speaker that runs claims the addresses of which it is the first candidate; a dead one reports nothing new. */
  #report(): void {
    const claims = new Map([...this.nodes].map(([name]) => [name, new Map<string, number>()]))
    for (const {
      address,
      candidates: [owner = ''],
      term,
    } of this.published)
      claims.get(owner)?.set(address, term)
    for (const [name, { up, ready }] of this.nodes) if (up && ready && !this.stuck.has(name)) this.#claims.set(name, claims.get(name)!)
  }
}
