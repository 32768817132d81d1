import { createInterface } from 'node:readline'
import { type Ip, parseIp } from '@loadstone/ip'
import { Peer, type Route } from '../src'
import { parseCommunity } from '../src/update'

/**
 * A speaker for measuring, led by lines on standard input: it makes its routes, says "ready", and connects when told to. Arguments: peer,
 * peer AS, own AS, family, routes, attribute sets.
 */
const [address = '', peerAs = '', localAs = '', family = 'ipv4', count = '0', sets = '1'] = process.argv.slice(2)

function routes(): readonly Route[] {
  const communities = Array.from({ length: Number(sets) }, (_, i) => [
    parseCommunity(`65001:${i}`) as NonNullable<ReturnType<typeof parseCommunity>>,
  ])
  return Array.from({ length: Number(count) }, (_, i) => {
    const text =
      family === 'ipv4'
        ? `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
        : `2001:db8:${(i >> 16).toString(16)}:${(i & 0xffff).toString(16)}::1`
    const prefix = { ip: parseIp(text) as Ip, length: family === 'ipv4' ? 32 : 128 }
    return { prefix, nextHop: 'self', communities: communities[i % Number(sets)] as (typeof communities)[number] }
  })
}

const six = parseIp('fd00:99::1') as Ip
const peer = new Peer({
  address,
  peerAs: Number(peerAs),
  localAs: Number(localAs),
  nextHops: { ipv6: six },
  routerId: '10.0.0.1',
  families: ['ipv4', 'ipv6'],
})
const say = (event: string, content: object = {}): void => void process.stdout.write(`${JSON.stringify({ event, ...content })}\n`)
peer.on('established', () => say('established'))
peer.on('told', (told) => say('told', told))

/** When each announcement was begun, in microseconds since 1970, for comparing with a capture, and how long the call took. */
async function latency(): Promise<void> {
  const [begunMicros, returnedMicros]: [number[], number[]] = [[], []]
  for (let i = 0; i < 2000; i++) {
    const one: Route = { prefix: { ip: parseIp(`172.16.${i >> 8}.${i & 255}`) as Ip, length: 32 }, nextHop: 'self' }
    const begun = performance.now()
    peer.announce([one])
    returnedMicros.push((performance.now() - begun) * 1000)
    begunMicros.push((performance.timeOrigin + begun) * 1000)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  say('latency', { begunMicros, returnedMicros })
}

const cpuMillis = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/** The longest time for which nothing else in this process could run, and the most CPU in one turn. Watching keeps the loop busy. */
function turns(): void {
  let [before, cpuBefore, longestMillis, mostCpuMillis, told] = [performance.now(), cpuMillis(), 0, 0, false]
  peer.on('told', () => {
    told = true
  })
  const look = (): void => {
    const [now, cpuNow] = [performance.now(), cpuMillis()]
    longestMillis = Math.max(longestMillis, now - before)
    mostCpuMillis = Math.max(mostCpuMillis, cpuNow - cpuBefore)
    ;[before, cpuBefore] = [now, cpuNow]
    if (told) say('turns', { longestMillis, mostCpuMillis })
    else setImmediate(look)
  }
  setImmediate(look)
}

function prepare(): void {
  const heapBefore = heapUsed()
  const rssBefore = process.memoryUsage.rss()
  const all = routes()
  const begun = cpuMillis()
  peer.setRoutes(all)
  const setRoutesMillis = cpuMillis() - begun
  setImmediate(() => say('ready', { setRoutesMillis, heapBytes: heapUsed() - heapBefore, rssBytes: process.memoryUsage.rss() - rssBefore }))
}

function heapUsed(): number {
  globalThis.gc?.()
  const { heapUsed: heap, external } = process.memoryUsage()
  return heap + external
}

const commands: Readonly<Record<string, () => void>> = {
  prepare,
  start: () => peer.start(),
  latency: () => void latency(),
  turns,
}
createInterface({ input: process.stdin }).on('line', (line) => commands[line]?.())
say('up')
