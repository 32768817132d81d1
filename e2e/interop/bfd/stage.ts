import assert from 'node:assert/strict'
import { type Host, until } from '../host'
import { watchWire } from '../wire'
import type { BfdRouter, BfdSeen, BfdSetup, MakeBfd } from './routers'
import { type Heard, Speaker } from './speaker'

export const [ours, theirs] = ['10.99.0.1', '10.99.0.2'] as const
export const [ours6, theirs6] = ['fd00:99::1', 'fd00:99::2'] as const
export const setup: BfdSetup = { peers: [ours, ours6], transmitMillis: 50, receiveMillis: 50, multiplier: 3 }
export const fast = ['--transmit', '50', '--receive', '50', '--multiplier', '3'] as const
export const options = ['--peer', theirs, '--interface', 'v0', ...fast] as const

/** Two hosts on one cable, fresh for every cell. */
export type Stage = { readonly us: Host; readonly them: Host; readonly make: MakeBfd }

/** A router and our end, settled at 50 ms × 3. */
export async function together({ us, them, make }: Stage) {
  const router = await make.start(them, setup)
  const speaker = new Speaker(us, options)
  await settled(speaker, router)
  return { router, speaker }
}

/** Up at the pace of the profile on both sides. */
export async function settled(speaker: Speaker, router: BfdRouter, peer: string = ours): Promise<void> {
  await speaker.is(
    'up at 50 ms × 3',
    ({ state, pace }) => state === 'up' && pace?.detectionMicros === 150_000 && pace.transmitMicros === 50_000,
  )
  await routerSays(router, peer, 'up, waiting 150 ms for us', ({ up, detectionMillis }) => up && detectionMillis === 150)
}

export async function routerSays(router: BfdRouter, peer: string, what: string, satisfies: (seen: BfdSeen) => boolean): Promise<void> {
  let last: unknown
  await until(`the router to say: ${what}`, 20, async () => {
    const seen = await router.seen(peer)
    last = seen
    return seen !== undefined && satisfies(seen) ? true : undefined
  }).catch((error: Error) => {
    throw new Error(`${error.message}; it says ${JSON.stringify(last)}`)
  })
}

/** What leaves a host is changed on its way. */
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

/** 50 ms × 3, and what a busy machine may add before somebody runs who notices. */
const [earliest, latest] = [145, 250] as const

/** RFC 5880 §4.1, behind 20 octets of IP and 8 of UDP. */
const stateIn = (octets: Buffer): number => (octets[29] ?? 0) >> 6
const diagnosticIn = (octets: Buffer): number => (octets[28] ?? 0) & 0x1f
const [down, expired] = [1, 1]

/** On our end of the cable, by the kernel's time stamps: when each side spoke last, and when the router said Down. */
export async function watchSilence(us: Host) {
  const wire = await watchWire(us, 'ip and udp dst port 3784')
  const packets = (from: string) => wire().filter(({ words }) => words.includes(`IP ${from}.`))
  await until('packets of both sides', 10, () => (packets(ours).length > 0 && packets(theirs).length > 0 ? true : undefined))
  const last = (from: string, before: number): number =>
    packets(from).findLast(({ atMillis }) => atMillis <= before)?.atMillis ?? Number.NaN
  return {
    /** We fell by silence, 150 ms after the last packet of a router that fell silent between the two times. */
    weFellInTime: ({ atMillis, by, message }: Heard, silentFrom: number, silentAt: number): void => {
      assert.equal(by, 'silence')
      assert.match(message, /Control Detection Time Expired: nothing heard from 10\.99\.0\.2 for 150 ms/)
      const [most, least] = [atMillis - last(theirs, silentFrom), atMillis - last(theirs, silentAt)]
      assert.ok(most >= earliest && least <= latest, `down ${Math.round(least)} to ${Math.round(most)} ms after the router's last packet`)
    },
    /** The router said Down by itself, 150 ms after our last packet. Its diagnostic follows: BIRD's first Down has none. */
    routerFellInTime: async (after: number): Promise<void> => {
      const said = (satisfies: (octets: Buffer) => boolean) =>
        until('the router to say Down', 10, () => packets(theirs).find(({ atMillis, octets }) => atMillis > after && satisfies(octets)))
      const first = await said((octets) => stateIn(octets) === down)
      const silence = first.atMillis - last(ours, first.atMillis)
      assert.ok(silence >= earliest && silence <= latest, `the router said Down ${Math.round(silence)} ms after our last packet`)
      await said((octets) => stateIn(octets) === down && diagnosticIn(octets) === expired)
    },
  }
}
