import { createInterface } from 'node:readline'
import { type Ip, parseIp } from '@loadstone/ip'
import { Peer, parseCommunity, type Route } from '../src'

/**
 * A speaker for measuring, led by lines on standard input: it makes its routes, says "ready", and connects when told to. Arguments: peer,
 * peer AS, own AS, family, routes, attribute sets.
 */
const [address = '', peerAs = '', localAs = '', family = 'ipv4', count = '0', sets = '1'] = process.argv.slice(2)
const rssBefore = process.memoryUsage.rss()

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

/** How long from announce() until the message is with the kernel, which puts it on the wire at once. */
async function latency(): Promise<void> {
  const taken: number[] = []
  for (let i = 0; i < 2000; i++) {
    const one: Route = { prefix: { ip: parseIp(`172.16.${i >> 8}.${i & 255}`) as Ip, length: 32 }, nextHop: 'self' }
    const before = process.hrtime.bigint()
    peer.announce([one])
    taken.push(Number(process.hrtime.bigint() - before) / 1000)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  taken.sort((a, b) => a - b)
  say('latency', { p50Micros: taken[Math.floor(taken.length * 0.5)], p99Micros: taken[Math.floor(taken.length * 0.99)] })
}

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'prepare') {
    peer.setRoutes(routes())
    globalThis.gc?.()
    say('ready', { rssBytes: process.memoryUsage.rss() - rssBefore, heapBytes: process.memoryUsage().heapUsed })
  }
  if (line === 'start') peer.start()
  if (line === 'latency') void latency()
})
say('up')
