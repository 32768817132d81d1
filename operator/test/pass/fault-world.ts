import { type ApiAnswer, type ApiCall, type ApiServer, ApiUnreachable } from '@loadstone/kube'
import type { AnnouncementSliceSpec } from '@loadstone/plan'
import { random, SimClock } from '@loadstone/sim'
import { type PassEvent, Reconciler } from '../../src/reconcile'
import { People } from '../cluster/people'
import { SimAccess, settled, simApi } from '../cluster/sim-api'
import { speakerStatus } from '../cluster/speaker-status'
import { type ApiObject, node, settings, speakerPod, system } from '../objects'

type Replica = { readonly access: SimAccess; readonly reconciler: Reconciler; leads: boolean }

const servicesPath = '/api/v1/services'
const slicesPath = `/apis/loadstone.dev/v1alpha1/namespaces/${system}/announcementslices`
const plansPath = `/apis/loadstone.dev/v1alpha1/namespaces/${system}/announcementplans`

const faults = ['not-connected', 'broken', 'lost', 'timeout', 'late', 500, 503, 429, 409] as const
/** What the client sees of them. */
const problems = { 'not-connected': 'not-connected', broken: 'broken', lost: 'broken', timeout: 'timeout', late: 'timeout' } as const

const answerOf = (status: number): ApiAnswer => ({ status, body: { message: 'a fault' }, ...(status === 429 && { retryAfterSeconds: 1 }) })

/** By how much the clock of one operator's node is ahead of the other's. */
const clockDifferenceMillis = 3_600_000

/** Two operators before a simulated API server that loses, refuses, delays and lags at random, and speakers that do what they are told. */
export class FaultWorld {
  readonly clock = new SimClock()
  readonly api = simApi()
  readonly people = new People(() => this.api)
  readonly random: () => number
  /** How many of 100 calls of the operators meet a fault. */
  percent = 0
  /** Services whose status the API server refuses. */
  readonly refused = new Set<string>()
  readonly events: PassEvent[] = []
  readonly #replicas: readonly Replica[]

  constructor(seed: number) {
    this.random = random(seed)
    this.#replicas = [this.#replica(0), this.#replica(clockDifferenceMillis)]
  }

  #replica(aheadMillis: number): Replica {
    const access = new SimAccess({
      api: this.#server(),
      clock: this.clock,
      random: this.random,
      onDue: () => reconciler.wake(),
      budgetMillis: () => (replica.leads ? 60_000 : 0),
    })
    const reconciler = new Reconciler({
      cluster: access.cluster,
      clock: this.clock,
      wallTime: () => new Date(1_767_225_700_000 + aheadMillis + this.clock.now()).toISOString(),
      settings,
      onEvent: (event) => void this.events.push(event),
    })
    const replica: Replica = { access, reconciler, leads: false }
    access.onChange(() => reconciler.wake())
    return replica
  }

  /** The other operator leads from now on, or the first one. */
  switchLeader(): void {
    const before = this.#replicas.findIndex(({ leads }) => leads)
    this.#replicas.forEach((replica, i) => {
      replica.leads = i === (before + 1) % this.#replicas.length
      replica.reconciler.lead(replica.leads)
    })
  }

  async addNodes(...names: readonly string[]): Promise<void> {
    for (const name of names) {
      await this.people.edit(node(name))
      await this.people.edit(speakerPod(name))
    }
  }

  /** Time passes, in steps of 50 ms, and speakers report. */
  async pass(millis: number, stepMillis = 50): Promise<void> {
    for (let i = 0; i < millis; i += stepMillis) {
      this.clock.advance(stepMillis)
      await settled()
    }
    await this.#speakersReport()
  }

  async #speakersReport(): Promise<void> {
    const slices = new Map(this.slices().map(({ name, spec }) => [name, spec]))
    for (const plan of this.api.everything(plansPath) as unknown as readonly ApiObject[]) {
      const { spec, metadata, status } = plan
      if (!(spec['slices'] as readonly string[]).every((name) => slices.has(name))) continue
      const next = speakerStatus(plan, {
        sliceOf: (name) => slices.get(name)!,
        told: [],
        sessionOf: () => ({ state: 'Established', since: '' }),
      })
      if (JSON.stringify(next) !== JSON.stringify(status)) await this.people.report('AnnouncementPlan', metadata.name, next)
    }
  }

  services(): readonly ApiObject[] {
    return this.api.everything(servicesPath) as unknown as readonly ApiObject[]
  }

  slices(): readonly { readonly name: string; readonly spec: AnnouncementSliceSpec }[] {
    return (this.api.everything(slicesPath) as unknown as readonly ApiObject[]).map(({ metadata, spec }) => ({
      name: metadata.name,
      spec: spec as unknown as AnnouncementSliceSpec,
    }))
  }

  /** The slices that each plan lists, by node. */
  listed(): ReadonlyMap<string, readonly string[]> {
    const plans = this.api.everything(plansPath) as unknown as readonly ApiObject[]
    return new Map(plans.map(({ metadata, spec }) => [metadata.name, spec['slices'] as readonly string[]]))
  }

  #server(): ApiServer {
    return { watch: (call) => this.api.watch(call), close: async () => {}, request: (call) => this.#request(call) }
  }

  async #request(call: ApiCall): Promise<ApiAnswer> {
    await this.#wait(this.random() * 20)
    const [, name = ''] = /\/services\/([^/]+)\/status$/.exec(call.path) ?? []
    if (this.refused.has(name)) return { status: 422, body: { message: 'refused by a webhook' } }
    if (this.random() * 100 >= this.percent) return this.api.request(call)
    return this.#faulty(call)
  }

  async #faulty(call: ApiCall): Promise<ApiAnswer> {
    const fault = faults[Math.floor(this.random() * faults.length)] ?? 'broken'
    if (typeof fault === 'number') return answerOf(fault)
    if (fault === 'lost') await this.api.request(call)
    if (fault === 'timeout' || fault === 'late') await this.#wait(call.method === 'GET' ? 1000 : (call.timeoutMillis ?? 1000))
    // What the client has given up may still be carried out. For a plan or a slice that is a moment without a path, until it is seen.
    if (fault === 'late' && call.path.includes('/services/')) void this.#carryOut(call)
    throw new ApiUnreachable(problems[fault], 'a fault')
  }

  async #carryOut({ signal: _, ...call }: ApiCall): Promise<void> {
    await this.#wait(this.random() * 3000)
    await this.api.request(call)
  }

  #wait(millis: number): Promise<void> {
    return new Promise((resolve) => this.clock.after(millis, resolve))
  }
}
