import type { Cancel, Millis } from '@loadstone/clock'
import { runToCompletion } from '@loadstone/fsm'
import { type ApiAnswer, type ApiCall, ApiUnreachable } from '../client/api-server'
import { statusOf } from '../client/http-api-server'
import type { KubeObject } from '../client/object'
import { Reflector } from '../reflector/reflector'
import type { ElectionOptions, ElectionTiming, LeaderElection } from './election'
import { type Action, type Event, type Lease, type State, step, type Timer } from './fsm'
import { createLease, type LeaseWriter, leaseOf, readLease, releaseLease, renewLease, takeLease } from './lease'

const usual: ElectionTiming = { durationMillis: 5_000, renewDeadlineMillis: 3_000, retryMillis: 1_000, settleMillis: 500 }
const alarm = { expiry: 'expired', poll: 'poll-due', deadline: 'deadline-passed', settle: 'settled' } as const

type LeaseWrite = Extract<
  Action,
  { readonly do: 'create' } | { readonly do: 'take' } | { readonly do: 'renew' } | { readonly do: 'release' }
>

/** Performs the actions of the election's state machine, with a watch of one Lease, one call at a time and four timers. */
export class LeaseElection implements LeaderElection {
  readonly #options: ElectionOptions
  readonly #timing: ElectionTiming
  readonly #writer: LeaseWriter
  readonly #watch: Reflector<Lease>
  readonly #timers = new Map<Timer, Cancel>()
  readonly #ended: (() => void)[] = []
  #state: State = { at: 'stopped' }
  #leads = false
  #heldSince: Millis = 0
  #holder = ''
  #reason = 'not started'

  constructor(options: ElectionOptions) {
    const { api, clock, random, namespace, name, identity, timing = usual } = options
    this.#options = options
    this.#timing = timing
    const resource = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', namespace }
    this.#writer = { resource, name, identity, durationMillis: timing.durationMillis, wallTime: options.wallTime }
    const one = { ...resource, fieldSelector: `metadata.name=${name}` }
    this.#watch = new Reflector({ api, clock, random, resource: one, project: leaseOf })
    this.#watch.onChange(() => this.#watched())
  }

  start(): void {
    this.#reason = 'looking who leads'
    this.#feed({ is: 'start' })
  }

  stop(): Promise<void> {
    this.#feed({ is: 'stop' })
    return this.#state.at === 'stopped' ? Promise.resolve() : new Promise((resolve) => void this.#ended.push(resolve))
  }

  leading(): boolean {
    return this.remainingMillis() > 0
  }

  holder(): string {
    return this.#holder
  }

  reason(): string {
    return this.#reason
  }

  remainingMillis(): number {
    if (!this.#leads) return 0
    return Math.max(0, this.#heldSince + this.#timing.durationMillis - this.#options.clock.now())
  }

  #watched(): void {
    const { at, reason } = this.#watch.state()
    if (at !== 'live') this.#because(reason)
    else this.#feed({ is: 'watched', ...this.#known([...this.#watch.objects().values()][0]) })
  }

  #known(lease: Lease | undefined): { readonly lease?: Lease } {
    this.#holder = lease?.holder ?? ''
    const others = this.#holder === '' ? 'nobody leads yet' : `${this.#holder} leads`
    this.#reason = this.#leads ? '' : others
    return lease === undefined ? {} : { lease }
  }

  readonly #feed = runToCompletion<Event>((event) => {
    const { state, actions } = step({ identity: this.#options.identity, timing: this.#timing }, this.#state, event)
    this.#state = state
    for (const action of actions) this.#perform(action)
    if (this.#state.at === 'stopped') for (const resolve of this.#ended.splice(0)) resolve()
  })

  #perform(action: Action): void {
    switch (action.do) {
      case 'watch':
        return this.#watch.start()
      case 'unwatch':
        return this.#watch.stop()
      case 'arm':
        return this.#arm(action.timer, action.millis)
      case 'disarm':
        return this.#timers.get(action.timer)?.()
      case 'hold':
        this.#heldSince = this.#options.clock.now() - action.agoMillis
        return
      case 'lead':
        return this.#turn(true, 'the lease is ours')
      case 'step-down':
        return this.#turn(false, action.why)
      case 'read':
        return void this.#read()
      default:
        return void this.#write(this.#callOf(action))
    }
  }

  #callOf(action: LeaseWrite): ApiCall {
    if (action.do === 'take') return takeLease(this.#writer, action.lease)
    if (action.do === 'renew') return renewLease(this.#writer, action.resourceVersion)
    if (action.do === 'release') return releaseLease(this.#writer, action.resourceVersion)
    return createLease(this.#writer)
  }

  #turn(leads: boolean, why: string): void {
    this.#leads = leads
    this.#reason = leads ? '' : why
    this.#options.onChange(leads, why)
  }

  /** Records why the lease cannot be read or written, and reports it if it changed. */
  #because(reason: string): void {
    if (reason === this.#reason) return
    this.#reason = reason
    this.#options.onTrouble?.(reason)
  }

  #arm(timer: Timer, millis: number): void {
    this.#timers.get(timer)?.()
    this.#timers.set(
      timer,
      this.#options.clock.after(millis, () => this.#feed({ is: alarm[timer] })),
    )
  }

  async #read(): Promise<void> {
    const answer = await this.#ask(readLease(this.#writer))
    if (answer?.status === 404) return this.#feed({ is: 'read', ...this.#known(undefined) })
    if (answer?.status !== 200) return this.#feed({ is: 'read-failed' })
    this.#feed({ is: 'read', ...this.#known(leaseOf(answer.body as KubeObject)) })
  }

  async #write(call: ApiCall): Promise<void> {
    const began = this.#options.clock.now()
    const answer = await this.#ask(call)
    if (answer === undefined) return this.#feed({ is: 'write-failed' })
    if (answer.status === 409 || answer.status === 404) return this.#feed({ is: 'conflict' })
    if (answer.status >= 300) {
      this.#because(`the lease cannot be written: ${statusOf(answer).message}`)
      return this.#feed({ is: 'write-failed' })
    }
    const { metadata } = answer.body as KubeObject
    this.#feed({ is: 'written', resourceVersion: metadata.resourceVersion, tookMillis: this.#options.clock.now() - began })
  }

  /** Undefined if there is no answer. The time limit leaves room for two attempts before the deadline. */
  async #ask(call: ApiCall): Promise<ApiAnswer | undefined> {
    try {
      return await this.#options.api.request({ ...call, timeoutMillis: this.#timing.renewDeadlineMillis / 2 })
    } catch (error) {
      if (!(error instanceof ApiUnreachable)) throw error
      this.#because(error.message)
      return undefined
    }
  }
}
