import type { Clock } from '@loadstone/clock'
import type { ApiCall, ApiServer } from '../client/api-server'

/** One write as data. `Lane` names how urgent it is: each lane has slots of its own. */
export type QueuedWrite<Lane extends string = string> = {
  readonly lane: Lane
  /** Whose order counts: in one lane, two writes with the same `object` are performed one after the other, in the order given. */
  readonly object: string
  readonly call: ApiCall
}

export type WriteOutcome =
  /** Done; `body` is the object as the server has it now. */
  | { readonly is: 'written'; readonly body: unknown }
  /** 404: there is nothing (any more) to write to. For a delete that is what was wanted. */
  | { readonly is: 'gone' }
  /** 409: it changed since we read it, or exists already. Decide again on what is there now. */
  | { readonly is: 'conflict'; readonly message: string }
  /** 4xx: the same write would be refused again. `message` is the API server's. */
  | { readonly is: 'refused'; readonly status: number; readonly message: string }
  /** Tried repeatedly without success (429, 5xx, no answer). Whether it took effect is unknown. */
  | { readonly is: 'failed'; readonly message: string }
  /** A later apply of the same fields was given before this one had begun. */
  | { readonly is: 'superseded' }
  /** Not begun, or not repeated, because we no longer lead, or the lanes were closed. */
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
  /** How long a request begun now may take at most; 0 or less: none may begin (see Election.remainingMillis). */
  readonly budgetMillis: () => number
}
