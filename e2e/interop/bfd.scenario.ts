import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, jest, test } from '@jest/globals'
import { type BfdRouter, type BfdSetup, birdBfd, frrBfd, type MakeBfd } from './bfd-routers'
import { type Heard, Speaker } from './bfd-speaker'
import { cable, Host, until } from './host'

jest.setTimeout(120_000)

const [ours, theirs] = ['10.99.0.1', '10.99.0.2'] as const
const [ours6, theirs6] = ['fd00:99::1', 'fd00:99::2'] as const
const setup: BfdSetup = { peers: [ours, ours6], transmitMillis: 50, receiveMillis: 50, multiplier: 3 }
const fast = ['--transmit', '50', '--receive', '50', '--multiplier', '3']
const options = ['--peer', theirs, '--interface', 'v0', ...fast]
const farSetup: BfdSetup = { ...setup, peers: [ours], local: theirs, multihop: true, minimumTtl: 250 }
const farOptions = ['--peer', theirs, '--local', ours, '--multihop', ...fast]

let us: Host
let them: Host
beforeEach(async () => {
  us = await Host.make('us')
  them = await Host.make('router')
  await cable(us, them)
})
afterEach(async () => {
  await us.close()
  await them.close()
})

/** Up at the pace of the profile on both sides. */
async function settled(speaker: Speaker, router: BfdRouter, peer: string = ours): Promise<void> {
  await speaker.is(
    'up at 50 ms × 3',
    ({ state, pace }) => state === 'up' && pace?.detectionMicros === 150_000 && pace.transmitMicros === 50_000,
  )
  await routerSays(router, peer, 'up, waiting 150 ms for us', ({ up, detectionMillis }) => up && detectionMillis === 150)
}

async function routerSays(
  router: BfdRouter,
  peer: string,
  what: string,
  satisfies: (seen: NonNullable<Awaited<ReturnType<BfdRouter['seen']>>>) => boolean,
): Promise<void> {
  let last: unknown
  await until(`the router to say: ${what}`, 15, async () => {
    const seen = await router.seen(peer)
    last = seen
    return seen !== undefined && satisfies(seen) ? true : undefined
  }).catch((error: Error) => {
    throw new Error(`${error.message}; it says ${JSON.stringify(last)}`)
  })
}

/** What the router sends, or what we do, is changed on its way out of the host. */
const rule = async (host: Host, what: string): Promise<void> => {
  await host.exec('nft', 'add', 'table', 'inet', 'mischief')
  await host.exec('nft', 'add', 'chain', 'inet', 'mischief', 'out', '{ type filter hook output priority 0; }')
  await host.exec('nft', 'add', 'rule', 'inet', 'mischief', 'out', ...what.split(' '))
}
const noRule = async (host: Host): Promise<void> => void (await host.exec('nft', 'delete', 'table', 'inet', 'mischief'))

const falls = (speaker: Speaker): number => speaker.events.filter(({ event }) => event === 'down').length

/** How long after `began` the session went down, and why. */
function assertInTime({ atMillis, by, message }: Heard, began: number): void {
  const after = atMillis - began
  assert.equal(by, 'silence')
  assert.match(message, /Control Detection Time Expired: nothing heard from 10\.99\.0\.2 for 150 ms/)
  assert.ok(after >= 90 && after <= 220, `down ${after} ms after the router fell silent`)
}

function common(make: MakeBfd): void {
  test('a session comes up over IPv4 and over IPv6, and both sides settle on the same times', async () => {
    const router = await make.start(them, setup)
    const [four, six] = [new Speaker(us, options), new Speaker(us, ['--peer', theirs6, '--interface', 'v0', ...fast])]
    await settled(four, router)
    await settled(six, router, ours6)
  })

  test('each side may be the passive one', async () => {
    const router = await make.start(them, { ...setup, passive: true })
    const speaker = new Speaker(us, options)
    await settled(speaker, router)
    speaker.kill('SIGKILL')
    await routerSays(router, ours, 'down', ({ up }) => !up)
    await router.change({ ...setup, passive: false })
    const passive = new Speaker(us, [...options, '--passive'])
    await settled(passive, router)
  })

  test('a router that hangs is missed within the detection time, again and again', async () => {
    const router = await make.start(them, setup)
    const speaker = new Speaker(us, options)
    for (let round = 0; round < 5; round++) {
      await settled(speaker, router)
      const began = Date.now()
      router.daemon.child.kill('SIGSTOP')
      assertInTime(await speaker.next('down'), began)
      router.daemon.child.kill('SIGCONT')
      await speaker.next('up')
    }
  })

  test('a link that goes down is missed within the detection time', async () => {
    const router = await make.start(them, setup)
    const speaker = new Speaker(us, options)
    await settled(speaker, router)
    const began = Date.now()
    await them.exec('ip', 'link', 'set', 'v0', 'down')
    assertInTime(await speaker.next('down'), began)
  })

  test('the router misses us within the detection time when we are killed', async () => {
    const router = await make.start(them, setup)
    const speaker = new Speaker(us, options)
    await settled(speaker, router)
    const began = Date.now()
    speaker.kill('SIGKILL')
    await until('the router to miss us', 2, async () => ((await router.seen(ours))?.up === false ? true : undefined))
    assert.ok(Date.now() - began < 600, `${Date.now() - began} ms, most of it the question`) // 150 ms, and what asking the router takes
  })

  test('a storm of flaps leaves nothing stuck: after it the session is up on both sides', async () => {
    const router = await make.start(them, setup)
    const speaker = new Speaker(us, options)
    await settled(speaker, router)
    for (let flap = 0; flap < 15; flap++) {
      const host = flap % 2 === 0 ? us : them
      await rule(host, 'udp dport 3784 drop')
      await new Promise((resolve) => setTimeout(resolve, (flap * 37) % 400))
      await noRule(host)
      await new Promise((resolve) => setTimeout(resolve, (flap * 53) % 700))
    }
    await settled(speaker, router)
    const { counters } = await speaker.status()
    assert.equal(counters.sessionUpEvents, counters.sessionDownEvents + 1)
    assert.ok(counters.sessionDownEvents >= 3, `${counters.sessionDownEvents}`)
  })

  test('parameters change by a Poll Sequence from either side, and the session stays up', async () => {
    const router = await make.start(them, setup)
    const speaker = new Speaker(us, options)
    await settled(speaker, router)
    speaker.tell({ do: 'update', profile: { transmitIntervalMicros: 200_000, receiveIntervalMicros: 300_000, detectMultiplier: 5 } })
    await routerSays(router, ours, 'waiting 5 × 200 ms for us', ({ detectionMillis }) => detectionMillis === 1000)
    await speaker.is('waiting 3 × 300 ms for it', ({ pace }) => pace?.detectionMicros === 900_000)
    await router.change({ ...setup, transmitMillis: 400, receiveMillis: 250, multiplier: 4 })
    await speaker.is(
      'waiting 4 × 400 ms, sending each 250',
      ({ pace }) => pace?.detectionMicros === 1_600_000 && pace.transmitMicros === 250_000,
    )
    speaker.tell({ do: 'update', profile: { transmitIntervalMicros: 50_000, receiveIntervalMicros: 50_000 } })
    await router.change(setup)
    await settled(speaker, router)
    assert.equal(falls(speaker), 0)
  })

  test('a session we disable is down at the router at once, and comes back when we enable it', async () => {
    const router = await make.start(them, setup)
    const speaker = new Speaker(us, options)
    await settled(speaker, router)
    speaker.tell({ do: 'disable' })
    await routerSays(router, ours, 'down', ({ up }) => !up)
    await speaker.is('admin-down, and the peer followed', ({ state, peer }) => state === 'admin-down' && peer?.state === 'down')
    assert.match((await speaker.status()).peer?.diagnostic ?? '', /Neighbor Signaled Session Down/)
    speaker.tell({ do: 'enable' })
    await settled(speaker, router)
    speaker.tell({ do: 'close' })
    await speaker.next('closed', 3)
  })

  test('packets that a router forwarded are ignored, TTL 254 already', async () => {
    await rule(them, 'ip ttl set 254')
    const router = await make.start(them, setup)
    const speaker = new Speaker(us, options)
    await new Promise((resolve) => setTimeout(resolve, 4000))
    assert.equal((await speaker.status()).state, 'down')
    await noRule(them)
    await settled(speaker, router)
    await rule(them, 'ip ttl set 254')
    assert.equal((await speaker.next('down')).by, 'silence')
  })

  test('a multihop session comes up and keeps to its minimum TTL', async () => {
    await rule(them, 'ip ttl set 251')
    const router = await make.start(them, farSetup)
    const strict = new Speaker(us, [...farOptions, '--minimum-ttl', '252'])
    assert.equal((await strict.next('dropped')).reason, 'ttl')
    assert.equal((await strict.status()).state, 'down')
    strict.kill('SIGKILL')
    await settled(new Speaker(us, [...farOptions, '--minimum-ttl', '251']), router)
  })
}

describe('FRR', () => {
  common(frrBfd)

  test('AdminDown is told apart from a failure, by the router and by us', async () => {
    const router = await frrBfd.start(them, setup)
    const speaker = new Speaker(us, options)
    await settled(speaker, router)
    speaker.tell({ do: 'disable' })
    await routerSays(router, ours, 'administratively down', ({ theirDiagnostic }) => theirDiagnostic === 'administratively down')
    speaker.tell({ do: 'enable' })
    await settled(speaker, router)
    await them.exec('vtysh', '--vty_socket', '/run/frr', '-c', 'conf t', '-c', 'bfd', '-c', `peer ${ours} interface v0`, '-c', 'shutdown')
    const { by, message } = await speaker.next('down', 15, ({ message }) => message.includes('10.99.0.2 is'))
    assert.equal(by, 'peer')
    assert.match(message, /10\.99\.0\.2 is admin-down, its diagnostic/) // FRR 8.4 sends diagnostic 0 with it
  })
})

describe('BIRD', () => {
  common(birdBfd)

  for (const authentication of ['simple', 'meticulous keyed sha1'] as const) {
    test(`a router that wants authentication is refused by name: ${authentication}`, async () => {
      await birdBfd.start(them, { ...setup, authentication })
      const speaker = new Speaker(us, options)
      const { reason, message } = await speaker.next('dropped')
      assert.equal(reason, 'authentication')
      assert.match(
        message,
        /a packet from 10\.99\.0\.2 was dropped: it carries authentication, .* switch BFD authentication off at the peer/,
      )
      assert.equal((await speaker.status()).state, 'down')
    })
  }
})
