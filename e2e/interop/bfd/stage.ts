import assert from 'node:assert/strict'
import { type Host, until } from '../lab/host'
import { watchWire } from '../lab/wire'
import type { BfdRouter, BfdSeen, BfdSetup, MakeBfd } from './routers'
import { type BfdEvent, BfdSpeaker } from './speaker'

export const [ours, theirs] = ['10.99.0.1', '10.99.0.2'] as const
export const [ours6, theirs6] = ['fd00:99::1', 'fd00:99::2'] as const

/** How both ends are configured: an interval for sending and receiving, and how many may be missed. */
type Pace = { readonly millis: number; readonly multiplier: number }
/** A detection time of about a second, which the delays of a busy machine do not reach. */
export const steady: Pace = { millis: 200, multiplier: 5 }
/** The pace of tests that measure time and run alone on the machine. */
export const fast: Pace = { millis: 50, multiplier: 3 }

export const setupAt = ({ millis, multiplier }: Pace): BfdSetup => ({
  peers: [ours, ours6],
  transmitMillis: millis,
  receiveMillis: millis,
  multiplier,
})
export const profileOf = ({ millis, multiplier }: Pace) => [
  '--transmit',
  `${millis}`,
  '--receive',
  `${millis}`,
  '--multiplier',
  `${multiplier}`,
]
export const optionsAt = (pace: Pace) => ['--peer', theirs, '--interface', 'v0', ...profileOf(pace)]
const detectionMillis = ({ millis, multiplier }: Pace): number => millis * multiplier

/** Two hosts on one cable, fresh for every cell. */
export type BfdStage = { readonly us: Host; readonly them: Host; readonly make: MakeBfd }

/** A router and our end, settled at the pace. */
export async function together({ us, them, make }: BfdStage, pace: Pace = steady) {
  const router = await make.start(them, setupAt(pace))
  const speaker = new BfdSpeaker(us, optionsAt(pace))
  await settled(speaker, router, { pace })
  return { router, speaker }
}

/** Up at the pace on both sides. */
export async function settled(
  speaker: BfdSpeaker,
  router: BfdRouter,
  { peer = ours, pace = steady }: { readonly peer?: string; readonly pace?: Pace } = {},
): Promise<void> {
  const silence = detectionMillis(pace)
  await speaker.is(
    `up at ${pace.millis} ms × ${pace.multiplier}`,
    (status) =>
      status.state === 'up' && status.pace?.detectionMicros === silence * 1000 && status.pace.transmitMicros === pace.millis * 1000,
  )
  await routerSays(router, peer, `up, waiting ${silence} ms for us`, (seen) => seen.up && seen.detectionMillis === silence)
}

export async function routerSays(router: BfdRouter, peer: string, what: string, satisfies: (seen: BfdSeen) => boolean): Promise<void> {
  let last: unknown
  await until(`the router to say: ${what}`, 60, async () => {
    const seen = await router.seen(peer)
    last = seen
    return seen !== undefined && satisfies(seen) ? true : undefined
  }).catch((error: Error) => {
    throw new Error(`${error.message}; it says ${JSON.stringify(last)}`)
  })
}

/** Changes the packets that leave a host. */
export const rule = async (host: Host, what: string): Promise<void> =>
  void (await host.exec(
    'nft',
    `add table inet mischief; add chain inet mischief out { type filter hook output priority 0; }; add rule inet mischief out ${what}`,
  ))
/** Nothing of BFD leaves the host or enters it from one instant on: one transaction of the kernel. */
export const cutBothWays = async (host: Host): Promise<void> => {
  const chain = (name: string): string =>
    `add chain inet mischief ${name} { type filter hook ${name}put priority 0; }; add rule inet mischief ${name} udp dport 3784 drop`
  await host.exec('nft', `add table inet mischief; ${chain('in')}; ${chain('out')}`)
}
export const noRule = async (host: Host): Promise<void> => void (await host.exec('nft', 'delete', 'table', 'inet', 'mischief'))

/** A millisecond or two lie between the clocks of a kernel's stamp and of a process. */
const clocksMillis = 5

/** RFC 5880 §4.1, behind 20 octets of IP and 8 of UDP. */
const stateIn = (octets: Buffer): number => (octets[29] ?? 0) >> 6
const diagnosticIn = (octets: Buffer): number => (octets[28] ?? 0) & 0x1f
const [down, expired] = [1, 1]

/** On our end of the cable, by the kernel's time stamps: how long each side was silent before the other was Down, and why it was. */
export async function watchSilence(us: Host, pace: Pace = steady) {
  const wire = await watchWire(us, 'ip and udp dst port 3784')
  const packets = (from: string) => wire().filter(({ words }) => words.includes(`IP ${from}.`))
  await until('packets of both sides', 60, () => (packets(ours).length > 0 && packets(theirs).length > 0 ? true : undefined))
  const last = (from: string, before: number): number => {
    const found = packets(from).findLast(({ atMillis }) => atMillis <= before)
    if (found === undefined) throw new Error(`no packet of ${from} was seen before`)
    return found.atMillis
  }
  const detection = detectionMillis(pace)
  const notEarly = (who: string, silence: number): void =>
    assert.ok(silence >= detection - clocksMillis, `${who} was down ${Math.round(silence)} ms after the last packet, not ${detection}`)
  return {
    /**
     * We fell by silence, and not before the detection time was over, after the last packet of a router that fell silent between the two
     * times. Answers for how long it had been silent, at least.
     */
    weFell: ({ atMillis, by, message }: BfdEvent, silentFrom: number, silentAt: number): number => {
      assert.equal(by, 'silence')
      assert.ok(
        message.includes(`Control Detection Time Expired: nothing heard from 10.99.0.2 for ${detection} ms`),
        `another reason: ${message}`,
      )
      notEarly('our end', atMillis - last(theirs, silentFrom))
      return atMillis - last(theirs, silentAt)
    },
    /**
     * The router said Down by itself, and not before the detection time was over, after our last packet; answers for how long we had been
     * silent. Its diagnostic follows: BIRD's first Down has none.
     */
    routerFell: async (after: number): Promise<number> => {
      const said = (satisfies: (octets: Buffer) => boolean) =>
        until('the router to say Down', 60, () => packets(theirs).find(({ atMillis, octets }) => atMillis > after && satisfies(octets)))
      const first = await said((octets) => stateIn(octets) === down)
      const silence = first.atMillis - last(ours, first.atMillis)
      notEarly('the router', silence)
      await said((octets) => stateIn(octets) === down && diagnosticIn(octets) === expired)
      return silence
    },
  }
}
