import type { Sample, Samples } from '@loadstone/telemetry'
import type { Usage } from '../allocate/outcome'
import { capacity, type Pool } from '../config/config'
import type { Write } from '../publish/write'
import type { PassEvent } from '../reconcile'
import type { metrics, OperatorMetricName } from './metrics'

type Passed = Extract<PassEvent, { readonly is: 'passed' }>

/** Results of the leader's last pass. The decision itself is not kept, because it holds the whole world. */
type LastPass = {
  readonly pools: readonly Pool[]
  readonly usage: ReadonlyMap<string, Usage>
  readonly announced: number | undefined
  readonly notAnnounced: ReadonlyMap<string, number>
  readonly refused: boolean
}

const noPass: LastPass = { pools: [], usage: new Map(), announced: undefined, notAnnounced: new Map(), refused: false }
const none: Usage = { ipv4: 0, ipv6: 0 }

/** Counts passes and writes. Only the leader exports pool and Service metrics; otherwise a sum over replicas would count twice. */
export class MetricsCollector {
  readonly #writes = new Map<string, { readonly labels: readonly [string, string]; count: number }>()
  readonly #watches = new Map<string, () => number>()
  #leading = false
  #lastPass: LastPass | undefined
  #passes = 0
  #interrupted = 0
  #held = 0
  #frozen = false
  #thinkMillis = 0
  #writeMillis = 0

  leads(leading: boolean): void {
    this.#leading = leading
    this.#lastPass = undefined
    this.#frozen = false
    this.#held = 0
  }

  pass(event: PassEvent): void {
    if (event.is === 'interrupted' || (event.is === 'passed' && event.unwritten.length > 0)) this.#interrupted++
    if (event.is === 'frozen') this.#frozen = true
    if (event.is !== 'passed') return
    this.#passes++
    this.#held = event.held
    this.#thinkMillis += event.thinkMillis
    this.#writeMillis += event.writeMillis
    if (event.decision.decided === undefined || !this.#leading) return
    this.#frozen = false
    this.#lastPass = lastPassOf(event.decision.decided)
  }

  wrote(write: Write, outcome: string): void {
    const labels = [kindOf(write), outcome] as const
    const known = this.#writes.get(labels.join(' ')) ?? { labels, count: 0 }
    known.count++
    this.#writes.set(labels.join(' '), known)
  }

  watches(kind: string, restarts: () => number): void {
    this.#watches.set(kind, restarts)
  }

  /** All samples. `loaded`: every kind has been listed completely. */
  samples(loaded: boolean): Samples<typeof metrics> {
    const { pools, usage, announced, notAnnounced, refused } = this.#lastPass ?? noPass
    return {
      ...poolSamples(pools, usage),
      metallb_k8s_client_updates_total: [[this.#passes]],
      metallb_k8s_client_update_errors_total: [[this.#interrupted]],
      metallb_k8s_client_config_loaded_bool: [[loaded ? 1 : 0]],
      metallb_k8s_client_config_stale_bool: [[this.#frozen || refused ? 1 : 0]],
      loadstone_leading: [[this.#leading ? 1 : 0]],
      loadstone_services_announced: announced === undefined ? [] : [[announced]],
      loadstone_services_not_announced: [...notAnnounced].map(([reason, n]) => [n, reason]),
      loadstone_pass_seconds_total: [
        [this.#thinkMillis / 1_000, 'think'],
        [this.#writeMillis / 1_000, 'write'],
      ],
      loadstone_writes_total: [...this.#writes.values()].map(({ labels, count }) => [count, ...labels]),
      loadstone_objects_held: [[this.#held]],
      loadstone_watch_restarts_total: [...this.#watches].map(([kind, restarts]) => [restarts(), kind]),
    }
  }
}

function kindOf(write: Write): string {
  if (write.do === 'service-status') return 'Service'
  if (write.do === 'password') return 'Secret'
  return write.do === 'apply' ? write.object.kind : write.kind
}

function lastPassOf({ config, allocation, plan }: NonNullable<Passed['decision']['decided']>): LastPass {
  const notAnnounced = new Map<string, number>()
  let announced = 0
  for (const [key, outcome] of allocation.outcomes) {
    if (outcome.kind === 'released') continue
    const answer = plan.announced.get(key)
    if (outcome.kind === 'assigned' && answer?.status === 'True') {
      announced++
      continue
    }
    const reason = outcome.kind === 'refused' ? outcome.why.reason : (answer?.note.reason ?? 'NoAdvertisement')
    notAnnounced.set(reason, (notAnnounced.get(reason) ?? 0) + 1)
  }
  const refused = config.verdicts.some(({ inForce }) => inForce !== 'current')
  return { pools: config.pools, usage: allocation.usage, announced, notAnnounced, refused }
}

/** Samples of pools with a definition. One that was never valid has none: a size of 0 would look used up. */
function poolSamples(
  pools: readonly Pool[],
  usage: ReadonlyMap<string, Usage>,
): Pick<Samples<typeof metrics>, `metallb_allocator_${string}` & OperatorMetricName> {
  const sizes = pools.flatMap(({ name, definition }) => {
    if (definition === undefined) return []
    const size = { ipv4: capacity(definition, 'ipv4'), ipv6: capacity(definition, 'ipv6') }
    return [{ name, size, used: usage.get(name) ?? none }]
  })
  type Size = (typeof sizes)[number]
  const each = (value: (pool: Size) => number): readonly Sample[] => sizes.map((pool) => [value(pool), pool.name])
  return {
    metallb_allocator_addresses_total: each(({ size }) => size.ipv4 + size.ipv6),
    metallb_allocator_addresses_in_use_total: each(({ used }) => used.ipv4 + used.ipv6),
    metallb_allocator_ipv4_addresses_total: each(({ size }) => size.ipv4),
    metallb_allocator_ipv4_addresses_in_use_total: each(({ used }) => used.ipv4),
    metallb_allocator_ipv6_addresses_total: each(({ size }) => size.ipv6),
    metallb_allocator_ipv6_addresses_in_use_total: each(({ used }) => used.ipv6),
  }
}
