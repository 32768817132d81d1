import type * as jest from '@jest/globals'
import { type RunApiServerOptions, type RunningApiServer, runApiServer } from './run-api-server'

/** One API server for all tests of a file: started before the first, stopped after the last. */
export function useApiServer(options: RunApiServerOptions = {}): () => RunningApiServer {
  const { afterAll, beforeAll } = require('@jest/globals') as typeof jest // required here, because benches use this folder outside of Jest
  let running: RunningApiServer | undefined
  beforeAll(async () => {
    running = await runApiServer(options)
  }, 120_000)
  afterAll(() => running?.stop(), 30_000)
  return () => {
    if (running === undefined) throw new Error('the API server runs only while tests do: ask for it inside a test')
    return running
  }
}
