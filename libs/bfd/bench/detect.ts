// How long a silent end is missed at 50 ms × 3: FRR's bfdd is stopped under our feet, then we under FRR's.
// As root: node libs/bfd/out/bench/detect.js [--rounds 50] [--busy]
import type { ChildProcess } from 'node:child_process'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openPacketSocket } from '@loadstone/packet'
import { decodeControl } from '../src/wire'
import { alone, distribution, endAll, frr, router, sh, start } from './lab'

type Line = { readonly event: string; readonly atMillis: number; readonly pace?: { readonly detectionMicros: number } }

const main = `${__dirname}/../src/cli/main.js`

/** The next line our end prints that satisfies. */
function heard(child: ChildProcess, satisfies: (line: Line) => boolean): Promise<Line> {
  const { stdout } = child
  if (stdout === null) throw new Error('our end has no output')
  return new Promise((resolve) => {
    const lines = createInterface({ input: stdout })
    lines.on('line', (text) => {
      const line = JSON.parse(text) as Line
      if (!satisfies(line)) return
      lines.close()
      resolve(line)
    })
  })
}

async function settled(us: ChildProcess): Promise<void> {
  for (;;) {
    const answer = heard(us, ({ event }) => event === 'status')
    us.stdin?.write('{"do":"status"}\n')
    if ((await answer).pace?.detectionMicros === 150_000) return
    await sleep(100)
  }
}

/** FRR says Down the moment it misses us: on the wire, where nothing of ours has to run to see it. */
function frrSaysDown(): Promise<number> {
  const ifIndex = Number(sh('cat /proc/net/dev_snmp6/v1 | sed -n "s/^ifIndex[ \\t]*//p"'))
  return new Promise((resolve, reject) => {
    const socket = openPacketSocket({
      ifIndex,
      etherType: 0x0800,
      filter: [
        { size: 1, from: 'kind', at: 0, is: [0] },
        { size: 2, at: 36, is: [3784] },
      ],
      onFrames: (frames) => {
        if (!frames.some(({ bytes }) => decodeControl(bytes.subarray(42)).state === 'down')) return
        socket.close()
        resolve(Date.now())
      },
      onError: ({ error }) => reject(error),
    })
  })
}

async function bench(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '50' }, busy: { type: 'boolean', default: false } } })
  await alone()
  const bfdd = await frr(await router(1), 1)
  const us = start([process.execPath, main, '--peer', '10.0.1.2', '--interface', 'v1', '--transmit', '50', '--receive', '50'])
  if (values.busy) for (const _ of cpus()) start([process.execPath, '-e', 'for (;;);'])
  const [ours, theirs]: [number[], number[]] = [[], []]
  for (let round = 0; round < Number(values.rounds); round++) {
    await settled(us)
    await sleep(200 + Math.random() * 100)
    const fell = heard(us, ({ event }) => event === 'down')
    let began = Date.now()
    bfdd.kill('SIGSTOP')
    ours.push((await fell).atMillis - began)
    bfdd.kill('SIGCONT')
    await settled(us)
    await sleep(200 + Math.random() * 100)
    const missed = frrSaysDown()
    began = Date.now()
    us.kill('SIGSTOP')
    theirs.push((await missed) - began)
    us.kill('SIGCONT')
  }
  endAll()
  console.log(`50 ms × 3, ${values.busy ? `${cpus().length} cores with a busy process each` : 'no load of ours'}`)
  console.log(`FRR stopped, we say down after: ${distribution(ours)}`)
  console.log(`we stopped, FRR says down after: ${distribution(theirs)}`)
  process.exit(0)
}

void bench()
