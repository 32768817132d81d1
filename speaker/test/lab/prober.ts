import { type Ip, parseIp } from '@loadstone/ip'
import { ipToBytes, macFromBytes } from '@loadstone/ip/bytes'
import { filters, openPacketSocket } from '@loadstone/packet'
import { watchLinks } from '@loadstone/packet/links'
import { decodeExactly, encodeToBytes } from '@loadstone/wire'
import { arpFrame, request } from 'arp-ts'

/**
 * Run as a program: asks for an address on an interface over and over, each time as another station, so that every answer belongs to
 * one question. On SIGTERM it waits a moment and prints, as its last line, how many were asked and which went unanswered.
 * `prober.js <interface> <address> <millis between questions>`
 */
const [name = '', target = '', every = '5'] = process.argv.slice(2)

const station = (n: number): Ip => parseIp(`198.18.${(n >> 8) & 255}.${n & 255}`) as Ip
const asked: { at: number; answers: number; firstAfterMillis?: number }[] = []

const watch = watchLinks({
  onError: (error) => console.error(error.message),
  onChange: (links) => {
    const link = links.find((one) => one.name === name)
    if (link?.mac === undefined || asked.length > 0) return
    watch.close()
    probe(link.index, macFromBytes(Uint8Array.from(link.mac.split(':'), (octet) => Number.parseInt(octet, 16)))!)
  },
})

function probe(ifIndex: number, mac: ReturnType<typeof macFromBytes> & string): void {
  const socket = openPacketSocket({
    ifIndex,
    etherType: 0x0806,
    filter: filters.arp,
    onError: ({ error }) => console.error(error.message),
    onFrames: (frames) => {
      for (const { bytes } of frames) {
        const { operation, senderIp, targetIp } = decodeExactly(arpFrame, bytes, 'arp')
        if (operation !== 2 || senderIp !== target) continue
        const octets = ipToBytes(targetIp)
        const question = asked[(octets[2] ?? 0) * 256 + (octets[3] ?? 0)]
        if (question === undefined) continue
        if (asked.every(({ answers }) => answers === 0)) console.log('first answer')
        question.answers++
        question.firstAfterMillis ??= performance.now() - question.at
      }
    },
  })
  const timer = setInterval(() => {
    const frame = request(mac, station(asked.length), parseIp(target) as Ip)
    asked.push({ at: performance.now(), answers: 0 })
    socket.send([encodeToBytes(arpFrame, frame, 'arp')])
  }, Number(every))
  process.once('SIGTERM', () => {
    clearInterval(timer)
    setTimeout(() => report(), 200)
  })
}

function report(): void {
  const began = asked[0]?.at ?? 0
  const unanswered = asked.filter(({ answers }) => answers === 0).map(({ at }) => Math.round(at - began))
  const worst = Math.max(...asked.map(({ firstAfterMillis = 0 }) => firstAfterMillis))
  console.log(
    JSON.stringify({
      asked: asked.length,
      unanswered,
      twice: asked.filter(({ answers }) => answers > 1).length,
      worstMillis: Math.round(worst * 10) / 10,
    }),
  )
  process.exit(0)
}
