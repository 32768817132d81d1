import { get } from 'node:http'
import type { AskHealthPort, HealthAnswer } from './health-checks'

/** An answer that takes longer is none. Below the interval of the questions, so that they do not pile up. */
const answerMillis = 900

/**
 * Asks this node's own kube-proxy, which answers on any path. Which of the node's addresses it listens on is its own choice
 * (--nodeport-addresses: with nftables the primary ones only), so each is tried, and nobody listens where all refuse. Always resolves.
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
      request.destroy() // what it says beside is of no interest
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED' ? 'refused' : 'failed'))
  })
}
