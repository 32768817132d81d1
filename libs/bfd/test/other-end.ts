import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { block, ip, role, startRole, until } from '@loadstone/packet/testing'
import { createBfd, type Profile } from '../src'

export const fast = { transmitIntervalMicros: 50_000, receiveIntervalMicros: 50_000 }
/** For tests about anything but speed: no busy machine keeps a process from speaking for as long as its detection time of 900 ms. */
export const calm = { transmitIntervalMicros: 300_000, receiveIntervalMicros: 300_000 }

/** A veth in this namespace. */
export function cable(): void {
  ip('link add near type veth peer name far')
  ip('addr add 192.0.2.1/24 dev near')
  ip('addr add 2001:db8::1/64 dev near nodad')
  ip('link set near addrgenmode none')
  ip('link set near up')
  ip('addr add fe80::1/64 dev near nodad')
  ip('link set far up')
}

/** The far end's addresses, by family. */
export const families = [
  ['IPv4', '192.0.2.2'],
  ['IPv6', '2001:db8::2'],
  ['IPv6 link-local', 'fe80::2'],
] as const

/** How the other end lives: its pace, how long it lives at least, and how often it falls silent, each time when all is at that pace. */
type Life = {
  readonly profile: Required<Pick<Profile, 'receiveIntervalMicros' | 'transmitIntervalMicros'>>
  readonly millis: number
  readonly silences?: { readonly count: number; readonly lastMillis: number }
}

/** In a namespace of its own: takes the far end of the cable and runs sessions to all our addresses. */
role('other end', async () => {
  execFileSync('nsenter', ['-t', String(process.ppid), '-n', 'ip', 'link', 'set', 'far', 'netns', String(process.pid)])
  ip('link set far addrgenmode none')
  ip('addr add 192.0.2.2/24 dev far')
  ip('addr add 2001:db8::2/64 dev far nodad')
  ip('link set far up')
  ip('addr add fe80::2/64 dev far nodad')
  const { profile, millis, silences } = JSON.parse(process.env.LIFE ?? '') as Life
  const bfd = createBfd()
  const sessions = ['192.0.2.1', '2001:db8::1', 'fe80::1'].map((peer) => bfd.session({ peer, interface: 'far', profile }))
  for (const session of sessions) session.on('down', ({ message }) => console.log(`other end: ${message}`))
  const atPace = (): boolean => sessions.every((session) => session.status().pace?.detectionMicros === 3 * profile.receiveIntervalMicros)
  const began = performance.now()
  for (let i = 0; silences !== undefined && i < silences.count; i++) {
    await until('all sessions at their pace', atPace)
    await sleep(300)
    block(silences.lastMillis)
  }
  await sleep(millis - (performance.now() - began))
  process.exit(0)
})

/** Runs `what` while the other end lives; resolves to what that printed. */
export async function withOtherEnd(life: Life, what: () => Promise<void>): Promise<string> {
  cable()
  process.env.LIFE = JSON.stringify(life)
  const other = startRole('other end', ['unshare', '-n'])
  try {
    await what()
  } finally {
    await other
  }
  const { code, output } = await other
  assert.equal(code, 0, output)
  return output
}
