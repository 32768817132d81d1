import type { KubeObject } from './object'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export type ApiCall = {
  readonly method: Method
  /** Path without query, such as `/api/v1/services`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean>>
  /** Sent as JSON. A lone surrogate in a text arrives as U+FFFD. */
  readonly body?: unknown
  /** Content type of the body; `application/json` if absent. */
  readonly contentType?: string
  /** Accepted content type; `application/json` if absent. */
  readonly accept?: string
  /** Time limit for the whole answer; for a watch, for its first byte. If absent, the default of the implementation, which is finite. */
  readonly timeoutMillis?: number
  /** Ends the call early with an ApiUnreachable whose `problem` is 'aborted'. */
  readonly signal?: AbortSignal
}

/** Any HTTP answer of the API server, a 404 or 500 included. */
export type ApiAnswer = {
  readonly status: number
  /** Parsed JSON; the text itself where it is not JSON (a proxy's error page). */
  readonly body: unknown
  /** Value of the header Retry-After. */
  readonly retryAfterSeconds?: number
}

/** The fields of a Kubernetes `Status` that are used here; `code` is the HTTP status. */
export type ApiStatus = { readonly code: number; readonly reason?: string; readonly message?: string }

export type ObjectEvent = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }

/** OPEN is yielded first, once the server has accepted the watch; a refused watch yields one ERROR. The others are as on the wire. */
export type WatchEvent =
  | { readonly type: 'OPEN' }
  | ObjectEvent
  | { readonly type: 'BOOKMARK'; readonly object: { readonly metadata: { readonly resourceVersion: string } } }
  | { readonly type: 'ERROR'; readonly object: ApiStatus }

/**
 * Client of one API server.
 *
 * ```ts
 * const { status, body } = await api.request({ method: 'GET', path: '/api/v1/nodes' }) // status may be 404
 * for await (const event of api.watch({ method: 'GET', path: '/api/v1/nodes', query: { watch: true } })) console.log(event.type)
 * ```
 *
 * Every answer is a value, whatever its status. The only error thrown is ApiUnreachable, for a call without an answer.
 */
export type ApiServer = {
  request(call: ApiCall): Promise<ApiAnswer>
  /** The iteration ends when the server ends the watch, and throws ApiUnreachable when the connection breaks. */
  watch(call: ApiCall): AsyncIterable<WatchEvent>
  /** Ends all calls, with `problem` 'aborted', and all connections. */
  close(): Promise<void>
}

export type Unreachable =
  /** Nothing came back in time. Whether the server acted is unknown. */
  | 'timeout'
  /** No connection was established, so the server did not act. */
  | 'not-connected'
  /** The connection broke. Whether the server acted is unknown. */
  | 'broken'
  /** Something answered that is not an API server. */
  | 'malformed'
  /** The caller's signal or close() ended the call. */
  | 'aborted'

/** A call has no answer. `problem` is for programs; `message` says what was tried, what happened and what to check. */
export class ApiUnreachable extends Error {
  readonly problem: Unreachable

  constructor(problem: Unreachable, message: string) {
    super(message)
    this.name = 'ApiUnreachable'
    this.problem = problem
  }
}
