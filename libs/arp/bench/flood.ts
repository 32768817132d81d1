/**
 * How many ARP requests are answered, and how fast, while the main thread is busy: `unshare -n node libs/arp/out/bench/flood.js [rate ...]`.
 * Three parties: a generator (this process), a speaker (a child process) whose worker answers and whose main thread parses JSON.
 */
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, Worker } from 'node:worker_threads'
import { type Ip, type Mac, parseIp, parseMac } from '@loadstone/ip'
import { type Frame, filters, openPacketSocket } from '@loadstone/packet'
import { ArpResponder } from '../src'

const seconds = Number(process.env.SECONDS ?? 5)
const address = parseIp('192.0.2.10') as Ip

type Link = { readonly index: number; readonly mac: Mac }
function link(name: string): Link {
  const [found] = JSON.parse(execFileSync('ip', ['-j', 'link', 'show', name], { encoding: 'utf8' })) as [
    { ifindex: number; address: string },
  ]
  return { index: found.ifindex, mac: parseMac(found.address) as Mac }
}

/** The speaker's worker: what the product does. */
function respond(): void {
  const { index, mac } = link('far')
  const responder = new ArpResponder(mac)
  responder.set(address, { as: 'owned' })
  for (let i = 0; i < 2_000; i++) responder.set(parseIp(`198.51.${100 + (i >> 8)}.${i & 255}`) as Ip, { as: 'owned' })
  const socket = openPacketSocket({
    ifIndex: index,
    etherType: 0x0806,
    filter: filters.arp,
    ...(process.env.RCVBUF === undefined ? {} : { receiveBufferBytes: Number(process.env.RCVBUF) }),
    onFrames: (frames) => socket.send(frames.map(({ bytes }) => responder.answer(bytes)).filter((reply) => typeof reply !== 'string')),
    onError: ({ error }) => {
      throw error
    },
  })
  process.send?.('ready')
}

/** The speaker's main thread: 1.5 MB of JSON, four times a second, as a watch of a large cluster brings. */
function speaker(): void {
  const worker = new Worker(__filename, { env: { ...process.env, ROLE: 'respond' } })
  worker.once('online', () => setTimeout(() => process.send?.('ready'), 300))
  const object = {
    metadata: { name: 'service', labels: { a: 'b' } },
    endpoints: [{ addresses: ['192.0.2.1'], conditions: { ready: true } }],
  }
  const text = JSON.stringify(Array.from({ length: Math.ceil(1_500_000 / JSON.stringify(object).length) }, () => object))
  if (process.env.IDLE === undefined) setInterval(() => void JSON.parse(text), 250)
}

function question(from: Link): Uint8Array {
  const octets = Buffer.alloc(42)
  octets.fill(0xff, 0, 6)
  const mac = Buffer.from(from.mac.replaceAll(':', ''), 'hex')
  octets.set(mac, 6)
  octets.set(Buffer.from('08060001080006040001', 'hex'), 12)
  octets.set(mac, 22)
  octets.set(Buffer.from('c000020a', 'hex'), 38)
  return octets
}

type Result = {
  readonly rate: number
  readonly sent: number
  readonly answered: number
  readonly p50Micros: number
  readonly p99Micros: number
  readonly maxMicros: number
  readonly cpuPercent: number
}
const nowMicros = (): number => Number(process.hrtime.bigint()) / 1_000

/** The sender's protocol address carries the sequence number, which the answer echoes. */
async function flood(rate: number, pid: number): Promise<Result> {
  const from = link('near')
  const total = rate * seconds
  const sentAt = new Float64Array(total)
  const latencies: number[] = []
  const onFrames = (frames: readonly Frame[]): void => {
    const now = nowMicros()
    for (const { bytes } of frames) {
      if (bytes[21] !== 2) continue
      const sequence = new DataView(bytes.buffer, bytes.byteOffset).getUint32(38) - 0x0a00_0000
      latencies.push(now - (sentAt[sequence] ?? now))
    }
  }
  const onError = ({ error }: { error: Error }): never => {
    throw error
  }
  const socket = openPacketSocket({
    ifIndex: from.index,
    etherType: 0x0806,
    filter: filters.arp,
    onFrames,
    onError,
    receiveBufferBytes: 1 << 25,
  })
  const frame = question(from)
  const view = new DataView(frame.buffer, frame.byteOffset)
  const busyBefore = cpuSeconds(pid)
  const began = nowMicros()
  for (let sent = 0; sent < total; ) {
    const due = Math.min(total, Math.floor(((nowMicros() - began) * rate) / 1e6))
    for (let burst = 0; sent < due && burst < 32; burst++, sent++) {
      view.setUint32(28, 0x0a00_0000 + sent)
      sentAt[sent] = nowMicros()
      socket.send([frame])
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  const took = (nowMicros() - began) / 1e6
  const cpuPercent = Math.round(((cpuSeconds(pid) - busyBefore) / took) * 100)
  await sleep(500)
  socket.close()
  latencies.sort((a, b) => a - b)
  const quantile = (q: number): number => Math.round(latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))] ?? 0)
  return {
    rate,
    sent: total,
    answered: latencies.length,
    p50Micros: quantile(0.5),
    p99Micros: quantile(0.99),
    maxMicros: quantile(1),
    cpuPercent,
  }
}

/** utime and stime of a process, all threads. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** The product's privileges, so that no buffer grows beyond what the machine allows. */
const onlyNetRaw = ['--bounding-set=-all,+net_raw', '--inh-caps=-all']

async function main(): Promise<void> {
  for (const command of ['link add near type veth peer name far', 'link set near up', 'link set far up'])
    execFileSync('ip', command.split(' '))
  const child = fork(__filename, {
    env: { ...process.env, ROLE: 'speaker' },
    execPath: 'setpriv',
    execArgv: [...onlyNetRaw, process.execPath],
  })
  await once(child, 'message')
  const rates = process.argv.slice(2).map(Number)
  await flood(1_000, child.pid ?? 0) // warm up
  for (const rate of rates.length === 0 ? [500, 2_000, 10_000, 30_000] : rates)
    console.log(JSON.stringify(await flood(rate, child.pid ?? 0)))
  child.kill()
}

const role = process.env.ROLE ?? 'main'
if (role === 'respond' && !isMainThread) respond()
else if (role === 'speaker') speaker()
else void main()
