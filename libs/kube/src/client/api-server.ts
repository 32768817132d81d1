import type { KubeObject } from './object'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type ApiCall = {
  readonly method: Method
  /** Without query, such as `/api/v1/services`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean>>
  /** Sent as JSON. */
  readonly body?: unknown
  /** Of the body; `application/json` if absent. */
  readonly contentType?: string
  /** `application/json` if absent. */
  readonly accept?: string
  /** Until the whole answer is there; for a watch, until its first byte. The implementation's default if absent: nothing waits for ever. */
  readonly timeoutMillis?: number
  /** Ends the call early; it then fails as 'aborted'. */
  readonly signal?: AbortSignal
}

/** What the API server said, whatever it said: 404 is an answer. */
export type ApiAnswer = {
  readonly status: number
  /** Parsed JSON; the text itself where it is not JSON (a proxy's error page). */
  readonly body: unknown
  /** How long the server asks us to wait before the next try. */
  readonly retryAfterSeconds?: number
}

/** A `Status` object, as far as we read it. */
export type ApiStatus = { readonly code: number; readonly reason?: string; readonly message?: string }

export type ObjectEvent = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }

/** OPEN comes first, once the server has accepted the watch; a watch that it refuses yields one ERROR instead. The others are as on the wire. */
export type WatchEvent =
  | { readonly type: 'OPEN' }
  | ObjectEvent
  | { readonly type: 'BOOKMARK'; readonly object: { readonly metadata: { readonly resourceVersion: string } } }
  | { readonly type: 'ERROR'; readonly object: ApiStatus }

/** The API server as a port. Whatever it answers is a value; only not reaching it throws, always an ApiUnreachable. */
export type ApiServer = {
  request(call: ApiCall): Promise<ApiAnswer>
  /** Ends when the server ends it; throws ApiUnreachable when the connection does. */
  watch(call: ApiCall): AsyncIterable<WatchEvent>
  /** Ends all calls and connections. */
  close(): Promise<void>
}

export type Unreachable =
  /** Nothing came back in time. Whether the server acted is unknown. */
  | 'timeout'
  /** No connection came about, so the server did not act. */
  | 'not-connected'
  /** The connection broke. Whether the server acted is unknown. */
  | 'broken'
  /** What came back is no answer of an API server. */
  | 'malformed'
  /** The caller's signal, or close(). */
  | 'aborted'

/** No answer. `problem` is for programs, `message` says what was tried, what happened and what to look at. */
export class ApiUnreachable extends Error {
  readonly problem: Unreachable

  constructor(problem: Unreachable, message: string) {
    super(message)
    this.name = 'ApiUnreachable'
    this.problem = problem
  }
}
