import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Cancel, Clock } from '@loadstone/clock'
import { textFormatType } from './text-format'

type MetricsServerOptions = {
  /** The pod's own address; the server listens on no other. */
  readonly host: string
  readonly port: number
  readonly clock: Clock
  /** All metrics as they are now, in the text format. */
  readonly text: () => string
  /** Called at each attempt to listen: with the problem, or undefined on success. */
  readonly onAttempt: (problem: string | undefined) => void
}

/** Clients are not trusted: these limits bound what any number of them can cost. */
const most = { connections: 16, headerBytes: 8_192, requestMillis: 5_000, idleMillis: 10_000 }
const retryMillis = 1_000
/** The text is made at most this often, however many requests arrive. */
const freshMillis = 1_000

/**
 * Serves GET /metrics over plain HTTP. A failed attempt to listen is repeated every second, since the process that holds the port may be
 * ending. Never throws and never ends the process: metrics matter less than what they measure.
 */
export class MetricsServer {
  readonly #options: MetricsServerOptions
  #server: Server | undefined
  #retry: Cancel | undefined
  #text: string | undefined
  #old: Cancel | undefined

  constructor(options: MetricsServerOptions) {
    this.#options = options
  }

  /** Safe to repeat. */
  open(): void {
    if (this.#server === undefined && this.#retry === undefined) this.#listen()
  }

  /** Frees the port at once. The server may be opened again. */
  close(): void {
    for (const cancel of [this.#retry, this.#old]) cancel?.()
    const server = this.#server
    this.#retry = this.#old = this.#text = this.#server = undefined
    server?.close()
    server?.closeAllConnections()
  }

  #listen(): void {
    const { host, port, onAttempt } = this.#options
    const limits = { maxHeaderSize: most.headerBytes, headersTimeout: most.requestMillis, requestTimeout: most.requestMillis }
    const server = createServer({ ...limits, connectionsCheckingInterval: most.requestMillis }, (request, response) =>
      this.#answer(request, response),
    )
    server.maxConnections = most.connections
    server.timeout = most.idleMillis
    this.#server = server
    server.on('error', (error) => this.#failed(server, error.message))
    server.listen({ host, port }, () => onAttempt(undefined))
  }

  #failed(server: Server, problem: string): void {
    server.close()
    if (server !== this.#server) return // closed meanwhile
    this.#server = undefined
    this.#retry = this.#options.clock.after(retryMillis, () => {
      this.#retry = undefined
      this.#listen()
    })
    this.#options.onAttempt(problem)
  }

  #answer({ url = '', method = '' }: IncomingMessage, response: ServerResponse): void {
    const [path] = url.split('?')
    if (path !== '/metrics') return say(response, 404, 'only /metrics is here\n')
    if (method !== 'GET' && method !== 'HEAD') return say(response, 405, 'only GET is answered\n')
    try {
      say(response, 200, this.#now(), textFormatType)
    } catch (error) {
      say(response, 500, `${error instanceof Error ? error.message : String(error)}\n`)
    }
  }

  #now(): string {
    if (this.#text !== undefined) return this.#text
    this.#text = this.#options.text()
    this.#old = this.#options.clock.after(freshMillis, () => {
      this.#text = undefined
    })
    return this.#text
  }
}

/** One response per connection: later input of the client is never read. */
function say(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), connection: 'close' })
  response.end(text)
}
