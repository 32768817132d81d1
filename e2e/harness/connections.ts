import type { Cluster } from '../cluster/src'

/** What became of connections held open from a namespace through an address. */
export type ConnectionReport = {
  readonly open: number
  readonly reset: number
  /** Open connections that answered nothing that was said after the report was asked for. */
  readonly silent: number
  readonly answered: number
  /** Longest time that an open connection said nothing, the end included. */
  readonly worstGapMillis: number
}

export type Held = {
  /** Waits until each has answered once more, 10 s at most, and ends them all. */
  report(): Promise<ConnectionReport>
  /** Ends them without a word. */
  drop(): void
}

// Runs inside the namespace: node only, so that it needs nothing that the machine does not have anyway.
const program = `
const net = require('node:net')
const [address, port, count] = [process.argv[1], Number(process.argv[2]), Number(process.argv[3])]
let reset = 0, answered = 0, worst = 0, ended = false
const open = new Map()
for (let i = 0; i < count; i++) {
  const socket = net.connect({ host: address, port })
  const state = { heard: 0, said: 0, echoed: 0, demanded: Infinity }
  socket.on('connect', () => {
    open.set(socket, state)
    state.heard = performance.now()
    if (open.size === count) console.log('open')
    const tick = setInterval(() => { socket.write('x'); state.said += 1 }, 20)
    socket.on('close', () => clearInterval(tick))
  })
  socket.on('data', (bytes) => {
    const now = performance.now()
    worst = Math.max(worst, now - state.heard)
    state.heard = now
    state.echoed += bytes.length
    answered += bytes.length
  })
  socket.on('error', () => {})
  socket.on('close', () => { open.delete(socket); reset += 1 })
}
const silent = () => [...open.values()].filter(({ echoed, demanded }) => echoed <= demanded)
function report() {
  if (ended) return
  ended = true
  for (const { heard } of open.values()) worst = Math.max(worst, performance.now() - heard)
  console.log(JSON.stringify({ open: open.size, reset, silent: silent().length, answered, worstGapMillis: Math.round(worst) }))
  process.exit(0)
}
process.stdin.on('data', () => {
  for (const state of open.values()) state.demanded = state.said
  setInterval(() => { if (silent().length === 0) report() }, 20)
  setTimeout(report, 10_000)
})
setInterval(() => {}, 1000)
`

/** Opens that many TCP connections, and keeps each talking every 20 ms until `report` is asked for. Resolves when all are open. */
export async function holdConnections(cluster: Cluster, namespace: string, address: string, count: number): Promise<Held> {
  const child = cluster.spawn(namespace, [process.execPath, '-e', program, address, '7', String(count)])
  let output = ''
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      output += String(chunk)
      if (output.startsWith('open\n')) resolve()
    })
    child.once('close', () => reject(new Error('the client ended before its connections were open')))
    setTimeout(() => reject(new Error(`not all of ${count} connections were open within 20 s`)), 20_000).unref()
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  return {
    report: async () => {
      child.stdin?.write('report\n')
      await ended
      const last = output.trim().split('\n').at(-1) ?? ''
      if (!last.startsWith('{')) throw new Error('the client ended without a report')
      return JSON.parse(last) as ConnectionReport
    },
    drop: () => void child.kill(),
  }
}
