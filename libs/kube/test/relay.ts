import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export type Relay = {
  /** The server's URL with the relay's port. */
  readonly url: string
  /** Breaks all connections and refuses new ones. */
  readonly cut: () => void
  /** Keeps connections open and carries nothing. */
  readonly stall: () => void
  readonly heal: () => void
  readonly close: () => Promise<void>
}

/** A network between client and server that a test can break. */
export async function relayTo(url: string): Promise<Relay> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let state: 'whole' | 'cut' | 'stalled' = 'whole'
  const server = createServer((near) => {
    if (state === 'cut') return void near.destroy()
    const far = connect(Number(target.port), target.hostname)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      from.on('data', (bytes) => {
        if (state === 'whole') to.write(bytes)
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const drop = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: `https://127.0.0.1:${(server.address() as { port: number }).port}`,
    cut: () => {
      state = 'cut'
      drop()
    },
    stall: () => {
      state = 'stalled'
    },
    heal: () => {
      state = 'whole'
    },
    close: async () => {
      drop()
      await once(server.close(), 'close')
    },
  }
}
