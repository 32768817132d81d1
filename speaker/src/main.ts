import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { WorkerThread } from './messages/messages'
import { defaultStateDirectory } from './settings'

/**
 * `speaker.js` runs the speaker; `speaker.js probe` and `speaker.js probe live` ask the process that runs in this container. A probe loads
 * only what it needs, because kubelet starts one every few seconds.
 */
async function main([command, what]: readonly string[]): Promise<void> {
  if (command === 'probe') {
    const { answerToKubelet } = await import('./status/probe-socket.js')
    process.exitCode = await answerToKubelet(
      process.env['LOADSTONE_STATE_DIR'] ?? defaultStateDirectory,
      what === 'live' ? 'live' : 'ready',
    )
    return
  }
  const { run } = await import('./process.js')
  run(process.env, startWire)
}

/**
 * Limits V8's young generation: a pass leaves only garbage, and V8 would let that grow to 48 MB, and the whole heap by half again. A small
 * space is collected in a millisecond. With 2,000 addresses this saves 30 to 40 MB.
 */
function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--optimize-for-size')
}

/** Starts the worker thread from the file beside this one. */
function startWire(): WorkerThread {
  const worker = new Worker(join(__dirname, 'wire-worker.js'), { resourceLimits: { maxYoungGenerationSizeMb: 3 } })
  worker.once('online', keepHeapSmall) // starting a thread puts V8's flags back
  return {
    send: (message) => worker.postMessage(message),
    onMessage: (run) => void worker.on('message', run),
    onExit: (run) => void worker.on('exit', run),
  }
}

void main(process.argv.slice(2))
