import { readFileSync } from 'node:fs'
import { type Host, until } from '../host'

/** `here` is the sender's, `there` the receiver's. */
type Ends = { readonly here: string; readonly there: string }

const ticksPerSecond = 100

/** CPU seconds a process, all of its threads, has used. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** The same receiver for every sender: BIRD, waiting, that installs nothing. */
export async function startReceiver(host: Host, senderAs: number, { here, there }: Ends): Promise<void> {
  const path = `${host.folder}/receiver.conf`
  const { writeFileSync } = await import('node:fs')
  writeFileSync(
    path,
    `log "${host.folder}/bird.log" all;
router id 10.0.0.2;
protocol device {}
protocol bgp p { disabled on; debug { states }; local ${there} as 65002; neighbor ${here} as ${senderAs}; hold time 90; connect delay time 1; connect retry time 1;
 ipv4 { import all; export none; gateway recursive; }; ipv6 { import all; export none; gateway recursive; }; }
`,
  )
  host.spawn(['bird', '-f', '-c', path, '-s', '/run/bird.ctl', '-P', '/run/bird.pid'])
  await until('the receiver', 10, async () => {
    try {
      await host.exec('birdc', '-s', '/run/bird.ctl', 'show', 'status')
      return true
    } catch {
      return undefined
    }
  })
}

export const receiver = (host: Host, ...words: readonly string[]): Promise<string> => host.exec('birdc', '-s', '/run/bird.ctl', ...words)

/** Routes of the family that the receiver has from its peer. */
export async function received(host: Host, family: string): Promise<number> {
  const text = await receiver(host, 'show', 'route', 'table', family === 'ipv4' ? 'master4' : 'master6', 'count')
  return Number(/(\d+) of \d+ routes/.exec(text)?.[1] ?? 0)
}

export async function established(host: Host): Promise<boolean> {
  return / Established/.test(await receiver(host, 'show', 'protocols', 'p'))
}
