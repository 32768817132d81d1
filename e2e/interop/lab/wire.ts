import { type Host, until } from './host'

/** A packet that tcpdump saw on a host's end of the cable: the kernel's time stamp, tcpdump's words, and the octets from the IP header on. */
export type SeenFrame = { readonly atMillis: number; readonly words: string; readonly octets: Buffer }

/** Resolves once tcpdump listens, with a function that returns all frames so far. */
export async function watchWire(host: Host, filter: string): Promise<() => readonly SeenFrame[]> {
  const running = host.spawn(['tcpdump', '-i', 'v0', '-nn', '-tt', '-x', '-l', '--immediate-mode', filter])
  await until('tcpdump', 60, () => (running.output().includes('listening on') ? true : undefined))
  return () => {
    const printed = running.output()
    const whole = printed.slice(0, printed.lastIndexOf('\n')).split(/\n(?=\d+\.\d+ )/)
    return whole
      .filter((text) => /^\d+\.\d+ /.test(text))
      .map(seen)
      .filter(isWhole)
  }
}

/** The last packet may be printed in part only: it counts once it is as long as its own header says. */
function isWhole({ octets }: SeenFrame): boolean {
  if (octets.length < 20) return false
  const length = octets.readUInt8(0) >> 4 === 6 ? 40 + octets.readUInt16BE(4) : octets.readUInt16BE(2)
  return octets.length >= length
}

function seen(text: string): SeenFrame {
  const [words = '', ...rows] = text.split('\n')
  const hex = rows.map((row) => row.replace(/^\s+0x[0-9a-f]+:/, '').replaceAll(/\s/g, '')).join('')
  return { atMillis: Number.parseFloat(words) * 1000, words, octets: Buffer.from(hex, 'hex') }
}
