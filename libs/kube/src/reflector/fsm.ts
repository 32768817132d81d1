import type { ObjectEvent } from '../client/api-server'
import type { KubeObject } from '../client/object'

/** Why a reflector is not live. Known objects stay; if frozen, they may be outdated. */
export type WatchTrouble = { readonly is: 'behind' | 'frozen'; readonly reason: string }

/** The call to continue with: the first page, a later page, or the watch. */
type Next = { readonly do: 'list'; readonly continueToken?: string } | { readonly do: 'watch'; readonly resourceVersion: string }

/** `complete`: a whole LIST has been received. `failures`: failed calls in a row, without an object or bookmark in between. */
export type State =
  | { readonly at: 'stopped' }
  | ({ readonly at: 'listing'; readonly continueToken?: string } & Progress)
  | ({ readonly at: 'waiting'; readonly next: Next } & Progress)
  /** `fruitful`: this watch has delivered an object or a bookmark. */
  | {
      readonly at: 'watching'
      readonly resourceVersion: string
      readonly failures: number
      readonly fruitful: boolean
      readonly trouble?: WatchTrouble
    }

type Progress = { readonly complete: boolean; readonly failures: number; readonly trouble?: WatchTrouble }
type At<Name extends State['at']> = Extract<State, { readonly at: Name }>

export type Event =
  | { readonly is: 'start' }
  | { readonly is: 'stop' }
  | { readonly is: 'page'; readonly items: readonly KubeObject[]; readonly resourceVersion: string; readonly continueToken?: string }
  | { readonly is: 'opened' }
  | { readonly is: 'object'; readonly event: ObjectEvent }
  | { readonly is: 'bookmark'; readonly resourceVersion: string }
  /** A LIST got this status, or a WATCH this ERROR. */
  | { readonly is: 'refused'; readonly status: number; readonly message: string; readonly retryAfterSeconds?: number }
  | { readonly is: 'unreachable'; readonly message: string }
  /** The server ended the watch without an error. */
  | { readonly is: 'ended' }
  /** Nothing arrived for longer than the interval of bookmarks. */
  | { readonly is: 'silent' }
  | { readonly is: 'retry' }
  /** Somebody has to know what is there now, not only what the watch has delivered. */
  | { readonly is: 'refresh' }

export type Action =
  /** A `list` without a token discards the pages collected so far. */
  | Next
  | { readonly do: 'collect'; readonly items: readonly KubeObject[] }
  /** The collected pages replace all known objects. */
  | { readonly do: 'replace' }
  | { readonly do: 'apply'; readonly event: ObjectEvent }
  | { readonly do: 'hang-up' }
  | { readonly do: 'arm-silence' }
  | { readonly do: 'arm-retry'; readonly failures: number; readonly atLeastMillis: number }
  | { readonly do: 'disarm'; readonly timer: 'silence' | 'retry' }

type Step = { readonly state: State; readonly actions: readonly Action[] }

/**
 * State machine of a copy that follows the API server: LIST in pages, WATCH from the resourceVersion of the LIST, LIST again when the
 * server no longer has that version (410). It has no sockets and no clock; the actions are returned as data.
 */
export function step(state: State, event: Event): Step {
  switch (state.at) {
    case 'stopped':
      return inStopped(state, event)
    case 'listing':
      return inListing(state, event)
    case 'waiting':
      return inWaiting(state, event)
    case 'watching':
      return inWatching(state, event)
  }
}

/** A delay that doubles from 100 ms to 10 s, drawn from its upper half, so that many watchers do not retry at the same time. */
export function retryMillis(failures: number, atLeastMillis: number, random: () => number): number {
  const most = Math.min(10_000, 100 * 2 ** Math.min(failures - 1, 10))
  return Math.round(atLeastMillis + most * (0.5 + random() / 2))
}

type Refused = Extract<Event, { readonly is: 'refused' }>
type Page = Extract<Event, { readonly is: 'page' }>

const list: Next = { do: 'list' }
const disarmSilence: Action = { do: 'disarm', timer: 'silence' }
/** Failures in a row after which a new LIST begins, because the server may fail at this very page or version. */
const patience = 3

function inStopped(state: At<'stopped'>, event: Event): Step {
  if (event.is !== 'start') return { state, actions: [] }
  return { state: { at: 'listing', complete: false, failures: 0 }, actions: [list] }
}

function inListing(state: At<'listing'>, event: Event): Step {
  switch (event.is) {
    case 'page':
      return takePage(state, event)
    case 'refused':
      return refusedList(state, event)
    case 'unreachable':
      return wait(state, resume(state), { is: 'behind', reason: event.message })
    case 'refresh':
      return proceed(state, list)
    case 'stop':
      return { state: { at: 'stopped' }, actions: [{ do: 'hang-up' }] }
    default:
      return { state, actions: [] }
  }
}

function inWaiting(state: At<'waiting'>, event: Event): Step {
  switch (event.is) {
    case 'retry':
      return proceed(state, state.next)
    case 'refresh':
      return { state: { ...state, next: list }, actions: [] }
    case 'stop':
      return { state: { at: 'stopped' }, actions: [{ do: 'disarm', timer: 'retry' }] }
    default:
      return { state, actions: [] }
  }
}

function inWatching(state: At<'watching'>, event: Event): Step {
  switch (event.is) {
    case 'opened':
      return { state: watching(state.resourceVersion, state.failures), actions: [{ do: 'arm-silence' }] }
    case 'object':
      return {
        state: { ...watching(event.event.object.metadata.resourceVersion, 0), fruitful: true },
        actions: [{ do: 'apply', event: event.event }, { do: 'arm-silence' }],
      }
    case 'bookmark':
      return { state: { ...watching(event.resourceVersion, 0), fruitful: true }, actions: [{ do: 'arm-silence' }] }
    case 'ended':
      // The server ends every watch after some minutes. One that ended without any event gets a delay, or it would spin.
      if (state.fruitful) return proceed({ ...state, complete: true }, resume(state))
      return interrupted(state, retreat(state), 'the API server ends the watch as soon as it begins')
    case 'refused':
      return refusedWatch(state, event)
    case 'unreachable':
      return interrupted(state, resume(state), event.message)
    case 'silent':
      return withFirst({ do: 'hang-up' }, interrupted(state, retreat(state), 'the watch fell silent: not even a bookmark came'))
    case 'refresh':
      return withFirst(disarmSilence, proceed({ ...state, complete: true }, list))
    case 'stop':
      return { state: { at: 'stopped' }, actions: [{ do: 'hang-up' }, disarmSilence] }
    default:
      return { state, actions: [] }
  }
}

function takePage({ complete, trouble, failures }: At<'listing'>, { items, continueToken, resourceVersion }: Page): Step {
  if (continueToken !== undefined) {
    const state = { at: 'listing', complete, failures: 0, continueToken, ...(trouble && { trouble }) } as const
    return {
      state,
      actions: [
        { do: 'collect', items },
        { do: 'list', continueToken },
      ],
    }
  }
  return {
    state: watching(resourceVersion, failures),
    actions: [{ do: 'collect', items }, { do: 'replace' }, { do: 'watch', resourceVersion }, { do: 'arm-silence' }],
  }
}

function refusedList(state: At<'listing'>, refused: Refused): Step {
  const trouble = troubleOf(refused)
  // 410: the snapshot that the pages come from has been compacted away.
  if (refused.status === 410) return restart(state, trouble)
  return wait(state, trouble.is === 'frozen' ? list : retreat(state), trouble, refused.retryAfterSeconds)
}

function refusedWatch(state: At<'watching'>, refused: Refused): Step {
  const trouble = troubleOf(refused)
  const progress = { ...state, complete: true }
  const step =
    refused.status === 410
      ? restart(progress, trouble)
      : wait(progress, trouble.is === 'frozen' ? list : retreat(state), trouble, refused.retryAfterSeconds)
  return withFirst(disarmSilence, step)
}

const interrupted = (state: At<'watching'>, next: Next, reason: string): Step =>
  withFirst(disarmSilence, wait({ ...state, complete: true }, next, { is: 'behind', reason }))

/** Lists again, at once the first time and later with a delay, which spares a server that compacts faster than a LIST takes. */
function restart(progress: Progress, trouble: WatchTrouble): Step {
  if (progress.failures > 0) return wait(progress, list, trouble)
  return proceed({ ...progress, failures: 1, trouble: graver(progress.trouble, trouble) }, list)
}

function wait(progress: Progress, next: Next, trouble: WatchTrouble, retryAfterSeconds = 0): Step {
  const failures = progress.failures + 1
  return {
    state: { at: 'waiting', next, complete: progress.complete, failures, trouble: graver(progress.trouble, trouble) },
    actions: [{ do: 'arm-retry', failures, atLeastMillis: retryAfterSeconds * 1000 }],
  }
}

/** Frozen stays frozen, whatever else fails, until a whole LIST has arrived. */
const graver = (before: WatchTrouble | undefined, now: WatchTrouble): WatchTrouble =>
  before?.is === 'frozen' && now.is === 'behind' ? before : now

function proceed({ complete, failures, trouble }: Progress, next: Next): Step {
  const why = trouble && { trouble }
  if (next.do === 'watch') {
    return { state: { ...watching(next.resourceVersion, failures), ...why }, actions: [next, { do: 'arm-silence' }] }
  }
  const place = next.continueToken === undefined ? {} : { continueToken: next.continueToken }
  return { state: { at: 'listing', complete, failures, ...place, ...why }, actions: [next] }
}

const resume = (state: At<'listing'> | At<'watching'>): Next => {
  if (state.at === 'watching') return { do: 'watch', resourceVersion: state.resourceVersion }
  return state.continueToken === undefined ? list : { do: 'list', continueToken: state.continueToken }
}

/** Resumes, or lists anew if the server has failed too often at this page or version. An unreachable server does not count. */
const retreat = (state: At<'listing'> | At<'watching'>): Next => (state.failures + 1 < patience ? resume(state) : list)

const watching = (resourceVersion: string, failures: number): At<'watching'> => ({
  at: 'watching',
  resourceVersion,
  failures,
  fruitful: false,
})

const withFirst = (action: Action, { state, actions }: Step): Step => ({ state, actions: [action, ...actions] })

/** 403 and 404 last until somebody acts, and do not tell whether the objects exist, so they freeze the copy. */
function troubleOf({ status, message }: Refused): WatchTrouble {
  switch (status) {
    case 403:
      return { is: 'frozen', reason: `not allowed to read it: ${message}; check the ClusterRole and its binding` }
    case 404:
      return { is: 'frozen', reason: `the API server does not serve it: ${message}; check that its CustomResourceDefinition is installed` }
    case 410:
      return { is: 'behind', reason: `its history reaches not far enough back, listing anew: ${message}` }
    case 401:
      return { is: 'behind', reason: `the service account token is not accepted: ${message}` }
    default:
      return { is: 'behind', reason: `the API server answers ${status}: ${message}` }
  }
}
