import type { ObjectEvent } from '../client/api-server'
import type { KubeObject } from '../client/object'

/** Why it is not live. What was known stays; frozen besides says that nothing may be concluded from it. */
export type WatchTrouble = { readonly is: 'behind' | 'frozen'; readonly reason: string }

/** Where to go on: the first page, a later page, or the watch. */
type Next = { readonly do: 'list'; readonly continueToken?: string } | { readonly do: 'watch'; readonly resourceVersion: string }

/** `complete`: a whole LIST has been seen. `failures`: in a row, without an object or bookmark in between. */
export type State =
  | { readonly at: 'stopped' }
  | ({ readonly at: 'listing'; readonly continueToken?: string } & Progress)
  | ({ readonly at: 'waiting'; readonly next: Next } & Progress)
  /** `fruitful`: this very watch has told something. */
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
  /** A LIST was answered with this status, or a WATCH with this ERROR. */
  | { readonly is: 'refused'; readonly status: number; readonly message: string; readonly retryAfterSeconds?: number }
  | { readonly is: 'unreachable'; readonly message: string }
  /** The server ended the watch in order. */
  | { readonly is: 'ended' }
  /** Nothing came for longer than bookmarks take. */
  | { readonly is: 'silent' }
  | { readonly is: 'retry' }

export type Action =
  /** Without a token: forget the pages collected so far and begin anew. */
  | Next
  | { readonly do: 'collect'; readonly items: readonly KubeObject[] }
  /** The collected pages are the world now; what they lack is gone. */
  | { readonly do: 'replace' }
  | { readonly do: 'apply'; readonly event: ObjectEvent }
  | { readonly do: 'hang-up' }
  | { readonly do: 'arm-silence' }
  | { readonly do: 'arm-retry'; readonly failures: number; readonly atLeastMillis: number }
  | { readonly do: 'disarm'; readonly timer: 'silence' | 'retry' }

type Step = { readonly state: State; readonly actions: readonly Action[] }

/**
 * How a copy of one kind follows the API server: LIST in pages, WATCH from where the LIST ended, LIST again when the server has
 * forgotten that place. No sockets, no clock: what to do comes back as data.
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

/** Doubles from 100 ms to 10 s, and is drawn from the upper half of that, so that a thousand watchers do not return in step. */
export function retryMillis(failures: number, atLeastMillis: number, random: () => number): number {
  const most = Math.min(10_000, 100 * 2 ** Math.min(failures - 1, 10))
  return Math.round(atLeastMillis + most * (0.5 + random() / 2))
}

type Refused = Extract<Event, { readonly is: 'refused' }>
type Page = Extract<Event, { readonly is: 'page' }>

const list: Next = { do: 'list' }
const disarmSilence: Action = { do: 'disarm', timer: 'silence' }
/** After so many failures in a row a place in a list or watch is given up, in case the place itself is what the server fails at. */
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
      // The server ends every watch after some minutes. One that ends before it told anything would spin.
      if (state.fruitful) return proceed({ ...state, complete: true }, resume(state))
      return interrupted(state, retreat(state), 'the API server ends the watch as soon as it begins')
    case 'refused':
      return refusedWatch(state, event)
    case 'unreachable':
      return interrupted(state, resume(state), event.message)
    case 'silent':
      return withFirst({ do: 'hang-up' }, interrupted(state, retreat(state), 'the watch fell silent: not even a bookmark came'))
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

/** At once the first time, later with a pause: a server that forgets faster than we can list must not be hammered. */
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

/** What is frozen stays so, whatever goes wrong besides, until a whole list has come. */
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

/** As resume, unless the server has failed at this place too often. Not reaching it at all says nothing about the place. */
const retreat = (state: At<'listing'> | At<'watching'>): Next => (state.failures + 1 < patience ? resume(state) : list)

const watching = (resourceVersion: string, failures: number): At<'watching'> => ({
  at: 'watching',
  resourceVersion,
  failures,
  fruitful: false,
})

const withFirst = (action: Action, { state, actions }: Step): Step => ({ state, actions: [action, ...actions] })

/** 403 and 404 will not pass by themselves, and say nothing about the objects: neither that they exist nor that they do not. */
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
