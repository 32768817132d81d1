import type { Cluster } from '../cluster/src'

/** What became of connections held open from a namespace through an address. */
export type Report = { readonly open: number; readonly reset: number; readonly answered: number; readonly worstGapMillis: number }

// Runs inside the namespace: node only, so that it needs nothing that the machine does not have anyway.
const program = `
const net = require('node:net')
const [address, port, count] = [process.argv[1], Number(process.argv[2]), Number(process.argv[3])]
let reset = 0, answered = 0, worst = 0
const open = new Set()
for (let i = 0; i < count; i++) {
  const socket = net.connect({ host: address, port })
  let heard = 0
  socket.on('connect', () => { open.add(socket); heard = performance.now(); const tick = setInterval(() => socket.write('x'), 20); socket.on('close', () => clearInterval(tick)) })
  socket.on('data', (bytes) => { const now = performance.now(); worst = Math.max(worst, now - heard); heard = now; answered += bytes.length })
  socket.on('error', () => {})
  socket.on('close', () => { open.delete(socket); reset += 1 })
}
process.stdin.on('data', () => { console.log(JSON.stringify({ open: open.size, reset, answered, worstGapMillis: Math.round(worst) })); process.exit(0) })
setInterval(() => {}, 1000)
`

/** Opens that many TCP connections and keeps each talking every 20 ms until `report` is asked for, which ends them. */
export function holdConnections(cluster: Cluster, namespace: string, address: string, count: number): { report(): Promise<Report> } {
  const child = cluster.spawn(namespace, [process.execPath, '-e', program, address, '7', String(count)])
  let output = ''
  child.stdout?.on('data', (chunk) => {
    output += String(chunk)
  })
  return {
    report: () =>
      new Promise((resolve, reject) => {
        child.once('close', () =>
          output.trim() === '' ? reject(new Error('the client ended without a report')) : resolve(JSON.parse(output) as Report),
        )
        child.stdin?.write('report\n')
      }),
  }
}
