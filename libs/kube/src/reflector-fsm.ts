import type { ObjectEvent } from './api-server'
import type { KubeObject } from './object'
import { inListing, inStopped, inWaiting, inWatching } from './reflector-states'

/** Why it is not live. What was known stays; frozen besides says that nothing may be concluded from it. */
export type Trouble = { readonly is: 'behind' | 'frozen'; readonly reason: string }

/** Where to go on: the first page, a later page, or the watch. */
export type Next = { readonly do: 'list'; readonly continueToken?: string } | { readonly do: 'watch'; readonly resourceVersion: string }

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
      readonly trouble?: Trouble
    }

export type Progress = { readonly complete: boolean; readonly failures: number; readonly trouble?: Trouble }
export type At<Name extends State['at']> = Extract<State, { readonly at: Name }>

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

export type Step = { readonly state: State; readonly actions: readonly Action[] }

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
