import { get } from 'node:http'
import type { Answer } from './health-ports'

/** An answer that takes longer is none. Below the interval of the questions, so that they do not pile up. */
const answerMillis = 900

/** Asks this node's own kube-proxy, which answers on any path. Always resolves. */
export function askHealthPort(port: number): Promise<Answer> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/healthz', agent: false, timeout: answerMillis }, ({ statusCode }) => {
      resolve(statusCode === 200 ? 'pods' : statusCode === 503 ? 'no-pods' : 'failed')
      request.destroy() // what it says beside is of no interest
    })
    request.on('timeout', () => request.destroy(new Error('no answer')))
    request.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED' ? 'refused' : 'failed'))
  })
}
