import type { IncomingMessage } from 'node:http'
import { Agent, type RequestOptions, request } from 'node:https'
import type { Clock } from '@loadstone/clock'
import { jsonBody } from '../json/json-body'
import type { ApiCall, ApiServer } from './api-server'
import { apiServerOver, type HttpExchange, type HttpTransport } from './http-api-server'
import type { ServiceAccount } from './service-account'

/** TCP keepalive: the kernel probes a silent peer after this time, then once a second for ten seconds. */
const keepAliveMillis = 15_000

/**
 * The API server over node:https, for processes with little memory: it loads no client library.
 *
 * ```ts
 * const api = httpsApiServer({ account: podServiceAccount(process.env), clock: systemClock })
 * ```
 *
 * At most four requests are in flight; others wait. Each watch has a connection of its own.
 */
export function httpsApiServer(options: { readonly account: ServiceAccount; readonly clock: Clock }): ApiServer {
  return apiServerOver(httpsTransport(options.account), options.clock)
}

function httpsTransport(account: ServiceAccount): HttpTransport {
  // A watch occupies its socket for minutes. With an agent of their own, watches never make a request wait.
  const agents = {
    request: new Agent({ keepAlive: true, maxSockets: 4, maxFreeSockets: 2, timeout: 30_000 }),
    watch: new Agent({ keepAlive: true, maxFreeSockets: 2 }),
  }
  return {
    where: () => account.url,
    open: (call, signal, kind) => open(account, agents[kind], call, signal),
    close: async () => {
      agents.request.destroy()
      agents.watch.destroy()
    },
  }
}

async function open(account: ServiceAccount, agent: Agent, call: ApiCall, signal: AbortSignal): Promise<HttpExchange> {
  const body = call.body === undefined ? undefined : Buffer.from(jsonBody(call.body))
  const options = requestOptions(account, agent, call, body)
  const url = new URL(call.path, account.url)
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, String(value))
  const incoming = await exchange(url, { ...options, signal }, body, true)
  return { status: incoming.statusCode ?? 0, retryAfter: incoming.headers['retry-after'], body: incoming }
}

function requestOptions(
  account: ServiceAccount,
  agent: Agent,
  { method, contentType, accept }: ApiCall,
  body: Buffer | undefined,
): RequestOptions {
  const token = account.token()
  const ca = account.ca()
  return {
    agent,
    method,
    ...(ca === undefined ? {} : { ca }),
    headers: {
      accept: accept ?? 'application/json',
      'user-agent': 'loadstone',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      // Without a content length Node sends the body of a DELETE as garbage after the request, and its preconditions are lost.
      ...(body && { 'content-type': contentType ?? 'application/json', 'content-length': body.length }),
    },
  }
}

function exchange(url: URL, options: RequestOptions, body: Buffer | undefined, again: boolean): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, options, resolve)
    outgoing.setSocketKeepAlive(true, keepAliveMillis)
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      // The server closed an idle connection while it was being reused, so it has not read the request.
      if (again && outgoing.reusedSocket && error.code === 'ECONNRESET') resolve(exchange(url, options, body, false))
      else reject(error)
    })
    outgoing.end(body)
  })
}
