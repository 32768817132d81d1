import { type HttpMethod, RequestContext } from '@kubernetes/client-node'
import type { Clock } from '@loadstone/clock'
import { request } from 'undici'
import { jsonBody } from '../json/json-body'
import { type ApiCall, type ApiServer, ApiUnreachable } from './api-server'
import { apiServerOver, type HttpExchange } from './http-api-server'
import type { PooledKubeConfig } from './pooled-kubeconfig'

/** The API server that a kubeconfig names, with any authentication that the kubeconfig asks for. */
export function kubeConfigServer(options: { readonly config: PooledKubeConfig; readonly clock: Clock }): ApiServer {
  const { config, clock } = options
  const where = (): string => config.getCurrentCluster()?.server ?? 'an API server that the kubeconfig does not name'
  const transport = {
    where,
    open: (call: ApiCall, signal: AbortSignal) => open(config, call, signal),
    close: () => config.closeConnections(),
  }
  return apiServerOver(transport, clock)
}

async function open(config: PooledKubeConfig, call: ApiCall, signal: AbortSignal): Promise<HttpExchange> {
  const server = config.getCurrentCluster()?.server
  if (server === undefined) throw new ApiUnreachable('not-connected', 'the kubeconfig names no cluster; check its current-context')
  const url = new URL(`${server}${call.path}`)
  for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, String(value))
  const context = new RequestContext(url.href, call.method as HttpMethod)
  await config.applySecurityAuthentication(context)
  const dispatcher = context.getDispatcher()
  const { statusCode, headers, body } = await request(url, {
    method: call.method,
    headers: { ...context.getHeaders(), ...headersOf(call) },
    ...(call.body === undefined ? {} : { body: jsonBody(call.body) }),
    ...(dispatcher && { dispatcher }),
    signal,
    // CallDeadlines limits the time of a call. undici's own limits would end an idle watch.
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const retryAfter = headers['retry-after']
  return { status: statusCode, retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter, body }
}

const headersOf = ({ accept, contentType, body }: ApiCall): Readonly<Record<string, string>> => ({
  accept: accept ?? 'application/json',
  'user-agent': 'loadstone',
  ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
})
