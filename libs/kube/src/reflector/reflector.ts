import type { Cancel } from '@loadstone/clock'
import { runToCompletion } from '@loadstone/fsm'
import { type ApiCall, ApiUnreachable, type WatchEvent } from '../client/api-server'
import type { KubeObject } from '../client/object'
import { collectionPath, type Resource } from '../client/resource'
import { type Action, type Event, retryMillis, type State, step } from './fsm'
import { pageOf } from './list-page'
import { ObjectStore } from './object-store'
import type { Change, Reflection, ReflectionState, ReflectorOptions } from './reflection'

const defaultPageSize = 500
const listTimeoutMillis = 30_000
/** kube-apiserver sends an idle watch a bookmark every one to two minutes (1.35: 120 s, measured). */
const silenceMillis = 150_000

/**
 * A Reflection that lists and watches by itself between start() and stop(). It never throws: state() says why it is not live.
 *
 * ```ts
 * const reflector = new Reflector({ api, resource: { group: '', version: 'v1', plural: 'nodes' }, clock, random, project: whole })
 * reflector.onChange(() => console.log(reflector.state().at, reflector.objects().size))
 * reflector.start()
 * ```
 *
 * It performs the actions of the state machine in fsm.ts, with one call at a time, two timers and one store.
 */
export class Reflector<T = KubeObject> implements Reflection<T> {
  readonly #options: ReflectorOptions<T>
  readonly #store: ObjectStore<T>
  readonly #changeListeners = new Set<() => void>()
  readonly #eachListeners = new Set<(change: Change<T>) => void>()
  #state: State = { at: 'stopped' }
  #call = new AbortController()
  readonly #timers: Record<'silence' | 'retry', Cancel> = { silence: () => {}, retry: () => {} }
  #notice: Cancel | undefined
  #resourceVersion = ''
  #refreshed: (() => void)[] = []

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
    this.#store = new ObjectStore(options.project)
  }

  get resource(): Resource {
    return this.#options.resource
  }

  start(): void {
    this.#feed({ is: 'start' })
  }

  /** Ends the call in flight. Known objects stay readable. */
  stop(): void {
    this.#feed({ is: 'stop' })
    this.#notice?.()
    this.#notice = undefined
  }

  state(): ReflectionState {
    return describe(this.#state)
  }

  objects(): ReadonlyMap<string, T> {
    return this.#store.objects()
  }

  version(): number {
    return this.#store.version
  }

  resourceVersion(): string {
    return this.#resourceVersion
  }

  refresh(): Promise<void> {
    return new Promise((resolve) => {
      this.#refreshed.push(resolve)
      this.#feed({ is: 'refresh' })
    })
  }

  onChange(run: () => void): Cancel {
    this.#changeListeners.add(run)
    return () => void this.#changeListeners.delete(run)
  }

  onEach(run: (change: Change<T>) => void): Cancel {
    this.#eachListeners.add(run)
    return () => void this.#eachListeners.delete(run)
  }

  readonly #feed = runToCompletion<Event>((event) => {
    const before = this.state()
    const { state, actions } = step(this.#state, event)
    this.#state = state
    if (state.at === 'watching') this.#resourceVersion = state.resourceVersion
    for (const action of actions) this.#perform(action)
    const after = this.state()
    if (after.at === 'frozen') this.#isRefreshed()
    if (before.at !== after.at || before.complete !== after.complete || before.reason !== after.reason) this.#notify()
  })

  #perform(action: Action): void {
    switch (action.do) {
      case 'list':
        return void this.#list(action.continueToken, this.#newCall())
      case 'watch':
        return void this.#watch(action.resourceVersion, this.#newCall())
      case 'collect':
        return this.#store.collect(action.items)
      case 'replace':
        return this.#replace()
      case 'apply':
        return this.#report(this.#store.apply(action.event))
      case 'hang-up':
        return this.#call.abort()
      case 'arm-silence':
        return this.#arm('silence', silenceMillis)
      case 'arm-retry':
        return this.#arm('retry', retryMillis(action.failures, action.atLeastMillis, this.#options.random))
      case 'disarm':
        return this.#timers[action.timer]()
    }
  }

  #arm(timer: 'silence' | 'retry', millis: number): void {
    this.#timers[timer]()
    this.#timers[timer] = this.#options.clock.after(millis, () => this.#feed({ is: timer === 'silence' ? 'silent' : 'retry' }))
  }

  #replace(): void {
    this.#report(this.#store.replace())
    this.#isRefreshed()
  }

  #isRefreshed(): void {
    for (const resolve of this.#refreshed.splice(0)) resolve()
  }

  #newCall(): AbortSignal {
    this.#call.abort()
    this.#call = new AbortController()
    return this.#call.signal
  }

  /** Ignores events of a call that was ended. */
  #feedUnlessAborted(signal: AbortSignal, event: Event): void {
    if (!signal.aborted) this.#feed(event)
  }

  async #list(continueToken: string | undefined, signal: AbortSignal): Promise<void> {
    if (continueToken === undefined) this.#store.beginCollecting()
    const place = continueToken === undefined ? {} : { continue: continueToken }
    const call = this.#get('PartialObjectMetadataList', { limit: this.#options.pageSize ?? defaultPageSize, ...place })
    try {
      const answer = await this.#options.api.request({ ...call, timeoutMillis: listTimeoutMillis, signal })
      this.#feedUnlessAborted(signal, pageOf(answer))
    } catch (error) {
      this.#feedUnlessAborted(signal, unreachable(error))
    }
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    // Random, so that watches that began together do not end together each time.
    const timeoutSeconds = 240 + Math.floor(this.#options.random() * 60)
    const query = { watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds }
    try {
      for await (const event of this.#options.api.watch({ ...this.#get('PartialObjectMetadata', query), signal })) {
        if (signal.aborted) return
        this.#feed(fsmEventOf(event))
      }
      this.#feedUnlessAborted(signal, { is: 'ended' })
    } catch (error) {
      this.#feedUnlessAborted(signal, unreachable(error))
    }
  }

  #get(partial: string, query: Readonly<Record<string, string | number | boolean>>): ApiCall {
    const { resource } = this.#options
    const { labelSelector, fieldSelector, metadataOnly = false } = resource
    return {
      method: 'GET',
      path: collectionPath(resource),
      query: { ...(labelSelector !== undefined && { labelSelector }), ...(fieldSelector !== undefined && { fieldSelector }), ...query },
      ...(metadataOnly && { accept: `application/json;as=${partial};v=v1;g=meta.k8s.io` }),
    }
  }

  #report(changes: readonly Change<T>[]): void {
    for (const change of changes) for (const run of this.#eachListeners) run(change)
    if (changes.length > 0) this.#notify()
  }

  #notify(): void {
    this.#notice ??= this.#options.clock.after(0, () => {
      this.#notice = undefined
      for (const run of this.#changeListeners) run()
    })
  }
}

function describe(state: State): ReflectionState {
  if (state.at === 'stopped') return { at: 'loading', complete: false, reason: 'not started' }
  const complete = state.at === 'watching' || state.complete
  const { trouble } = state
  if (trouble === undefined) return complete ? live : { at: 'loading', complete, reason: 'listing for the first time' }
  if (trouble.is === 'behind' && !complete) return { at: 'loading', complete, reason: trouble.reason }
  return { at: trouble.is, complete, reason: trouble.reason }
}

const live: ReflectionState = { at: 'live', complete: true, reason: '' }

function fsmEventOf(event: WatchEvent): Event {
  switch (event.type) {
    case 'OPEN':
      return { is: 'opened' }
    case 'BOOKMARK':
      return { is: 'bookmark', resourceVersion: event.object.metadata.resourceVersion }
    case 'ERROR':
      return { is: 'refused', status: event.object.code, message: event.object.message ?? '' }
    default:
      return { is: 'object', event }
  }
}

/** Any error other than ApiUnreachable is a defect of this program and is thrown again. */
function unreachable(error: unknown): Event {
  if (error instanceof ApiUnreachable) return { is: 'unreachable', message: error.message }
  throw error
}
