import { rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { join } from 'node:path'

/** Health of the process. `waiting` names what readiness waits for, `stuck` what hangs. */
export type Health = { readonly ready: boolean; readonly waiting?: string; readonly stuck?: string }

/** Path of the probe socket: a file of the pod, not an abstract name, because the two pods of a node must not answer for each other. */
const pathIn = (directory: string): string => join(directory, 'probe.sock')

/** Answers each connection with the present health and closes it. Returns a function that ends it. */
export function answerProbes(directory: string, health: () => Health, onError: (problem: string) => void): () => void {
  const path = pathIn(directory)
  rmSync(path, { force: true }) // the socket of the container's former process
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.end(`${JSON.stringify(health())}\n`)
  })
  server.on('error', (error) => onError(error.message))
  server.listen(path)
  return () => server.close()
}

/** Asks the pod's process for its health. Rejects when there is no answer in time. */
export function probe(directory: string, timeoutMillis: number): Promise<Health> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = createConnection(pathIn(directory))
    socket.setEncoding('utf8')
    socket.setTimeout(timeoutMillis, () => socket.destroy(new Error(`no answer within ${timeoutMillis} ms`)))
    socket.on('data', (chunk: string) => {
      answer += chunk
    })
    socket.on('error', reject)
    socket.on('end', () => resolve(JSON.parse(answer) as Health))
  })
}

const probeTimeoutMillis = 1_000

/** Runs `speaker.js probe`: prints the health and returns the exit code. A process is live if it answers and reports nothing stuck. */
export async function answerToKubelet(directory: string, question: 'live' | 'ready'): Promise<0 | 1> {
  try {
    const health = await probe(directory, probeTimeoutMillis)
    process.stdout.write(`${JSON.stringify(health)}\n`)
    const good = question === 'live' ? health.stuck === undefined : health.ready
    return good ? 0 : 1
  } catch (error) {
    process.stdout.write(`the speaker does not answer: ${error instanceof Error ? error.message : String(error)}\n`)
    return 1
  }
}
