import type { Readable } from 'node:stream'
import type { Clock } from '@loadstone/clock'
import { LineSplitter } from '../json/json-lines'
import { type ApiAnswer, type ApiCall, type ApiServer, type ApiStatus, ApiUnreachable, type WatchEvent } from './api-server'
import { CallDeadlines } from './call-deadlines'
import { asUnreachable } from './connection-errors'

export type HttpExchange = { readonly status: number; readonly retryAfter: string | undefined; readonly body: Readable }

/** An HTTP client. `open` resolves once the head of the answer has arrived, and may reject with any error of that client. */
export type HttpTransport = {
  /** Address of the server for error messages, such as `https://10.96.0.1:443`. */
  readonly where: () => string
  open(call: ApiCall, signal: AbortSignal, kind: 'request' | 'watch'): Promise<HttpExchange>
  close(): Promise<void>
}

/** One object is at most 1.5 MiB in etcd and a few times that as JSON; a page is 500 of them, seldom large. */
const limits = { lineBytes: 16 << 20, bodyBytes: 256 << 20 }

/** The API server over an HTTP client: adds time limits, JSON bodies, watch lines and ApiUnreachable. */
export function apiServerOver(transport: HttpTransport, clock: Clock): ApiServer {
  const deadlines = new CallDeadlines(clock)

  async function request(call: ApiCall): Promise<ApiAnswer> {
    const deadline = deadlines.begin(call)
    try {
      deadline.signal.throwIfAborted()
      const exchange = await transport.open(call, deadline.signal, 'request')
      return await answerOf(exchange)
    } catch (error) {
      throw asUnreachable(error, deadline.cause(), `${call.method} ${transport.where()}${call.path}`)
    } finally {
      deadline.end()
    }
  }

  async function* watch(call: ApiCall): AsyncGenerator<WatchEvent> {
    const deadline = deadlines.begin(call)
    let body: Readable | undefined
    try {
      deadline.signal.throwIfAborted()
      const exchange = await transport.open(call, deadline.signal, 'watch')
      body = exchange.body
      if (exchange.status === 200) {
        deadline.noTimeLimit()
        yield { type: 'OPEN' }
        yield* eventsOf(body)
      } else yield { type: 'ERROR', object: statusOf(await answerOf(exchange)) }
    } catch (error) {
      throw asUnreachable(error, deadline.cause(), `watching ${transport.where()}${call.path}`)
    } finally {
      body?.destroy()
      deadline.end()
    }
  }

  const close = (): Promise<void> => {
    deadlines.close()
    return transport.close()
  }
  return { request, watch, close }
}

async function answerOf({ status, retryAfter, body }: HttpExchange): Promise<ApiAnswer> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > limits.bodyBytes) throw new ApiUnreachable('malformed', `an answer of more than ${limits.bodyBytes} bytes`)
    chunks.push(chunk)
  }
  const answer = { status, body: parsed(Buffer.concat(chunks).toString('utf8')) }
  const seconds = Number(retryAfter)
  return Number.isFinite(seconds) && seconds > 0 ? { ...answer, retryAfterSeconds: seconds } : answer
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

async function* eventsOf(body: Readable): AsyncGenerator<WatchEvent> {
  const lines = new LineSplitter(limits.lineBytes)
  for await (const chunk of body as AsyncIterable<Buffer>) {
    for (const line of lines.push(chunk)) yield eventOf(line)
  }
}

function eventOf(line: string): WatchEvent {
  const event = parsed(line)
  if (typeof event === 'object' && event !== null && 'type' in event && 'object' in event) return event as WatchEvent
  throw new ApiUnreachable('malformed', `a line that is no watch event: ${line.slice(0, 200)}`)
}

/** The reason of a refusal, from a Kubernetes Status or, where a proxy answered, from the HTTP status and text. */
export function statusOf({ status, body }: ApiAnswer): ApiStatus {
  const { reason, message } = (typeof body === 'object' && body !== null ? body : { message: body }) as Partial<ApiStatus>
  const words = typeof message === 'string' && message.trim() !== '' ? message.trim().slice(0, 1000) : `HTTP ${status}`
  return typeof reason === 'string' ? { code: status, reason, message: words } : { code: status, message: words }
}
