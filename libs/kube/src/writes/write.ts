import type { Clock } from '@loadstone/clock'
import type { ApiCall, ApiServer } from '../client/api-server'

/** One write as data. Each lane has slots of its own, so an urgent write does not wait for others. */
export type QueuedWrite<Lane extends string = string> = {
  readonly lane: Lane
  /** Writes of a lane with equal `object` are performed one after the other, in the order given. */
  readonly object: string
  /** What may be slow or refused together, such as a namespace with a webhook. None: it keeps nobody waiting and waits for nobody. */
  readonly group?: string
  readonly call: ApiCall
}

export type WriteOutcome =
  /** Success; `body` is the object as stored. */
  | { readonly is: 'written'; readonly body: unknown }
  /** 404: the object does not exist. For a delete this is success. */
  | { readonly is: 'gone' }
  /** 409: the object has changed since it was read, or exists already. The caller decides anew from its current state. */
  | { readonly is: 'conflict'; readonly message: string }
  /** 4xx: the same write would be refused again. `message` is the API server's. */
  | { readonly is: 'refused'; readonly status: number; readonly message: string }
  /** Five attempts, or those within 2 s, failed (401, 429, 5xx, no answer). Whether the write took effect is unknown. */
  | { readonly is: 'failed'; readonly message: string }
  /** A later apply by the same manager replaced this one before it began. */
  | { readonly is: 'superseded' }
  /** Not begun or not repeated, because the budget is 0 or the lanes were closed. */
  | { readonly is: 'abandoned' }

export type QueuedWriteResult<W extends QueuedWrite = QueuedWrite> = {
  readonly write: W
  readonly outcome: WriteOutcome
  readonly attempts: number
}

export type WriteLanesOptions<Lane extends string> = {
  readonly api: ApiServer
  readonly clock: Clock
  readonly random: () => number
  /** Writes in flight at once, per lane: `{ addresses: 24, reports: 4 }`. */
  readonly slots: Readonly<Record<Lane, number>>
  /** Longest time a request that begins now may take; at 0 none begins (see LeaderElection.remainingMillis). */
  readonly budgetMillis: () => number
}
