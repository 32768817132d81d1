import { get } from 'node:http'
import type { AskHealthPort, HealthAnswer } from './health-checks'

/** Limit for one answer. Shorter than the interval of the requests, so that they do not pile up. */
const answerMillis = 900

/**
 * Asks this node's own kube-proxy, which answers on any path. kube-proxy listens on some of the node's addresses (--nodeport-addresses:
 * with nftables the primary ones only), so each is tried; the answer is `refused` where all refuse. Always resolves.
 */
export const askHealthPortOn =
  (addresses: readonly string[]): AskHealthPort =>
  async (port) => {
    for (const host of [...addresses, '127.0.0.1']) {
      const answer = await ask(host, port)
      if (answer !== 'refused') return answer
    }
    return 'refused'
  }

function ask(host: string, port: number): Promise<HealthAnswer> {
  return new Promise((resolve) => {
    const request = get({ host, port, path: '/healthz', agent: false, timeout: answerMillis }, ({ statusCode }) => {
      resolve(statusCode === 200 ? 'pods' : statusCode === 503 ? 'no-pods' : 'failed')
      request.destroy() // the body is not needed
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED' ? 'refused' : 'failed'))
  })
}
