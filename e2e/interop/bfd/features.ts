import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { judge } from '../lab/distribution'
import { until } from '../lab/host'
import { watchWire } from '../lab/wire'
import { type BfdSetup, birdc, vtysh } from './routers'
import { BfdSpeaker } from './speaker'
import {
  type BfdStage,
  cutBothWays,
  fast,
  noRule,
  optionsAt,
  ours,
  ours6,
  profileOf,
  routerSays,
  rule,
  settled,
  setupAt,
  steady,
  theirs,
  theirs6,
  together,
  watchSilence,
} from './stage'

const [setup, options] = [setupAt(steady), optionsAt(steady)]

/** One row of the matrix. For a router that lacks the feature, a test shows that it does. */
export type BfdFeature = {
  readonly title: string
  readonly lacks?: { readonly [name: string]: { readonly because: string; readonly shown: (stage: BfdStage) => Promise<void> } }
  readonly run: (stage: BfdStage) => Promise<void>
}

const farSetup: BfdSetup = { ...setup, peers: [ours], local: theirs, multihop: true, minimumTtl: 250 }
const farOptions = ['--peer', theirs, '--local', ours, '--multihop', ...profileOf(steady)]

/** In the header of IPv4. */
const ttlAt = 8
/** RFC 5880 §6.8.3: a system that is not Up sends once a second. */
const pastSlow = 2500
const comingUp: readonly BfdFeature[] = [
  {
    title: 'a session comes up over IPv4 and over IPv6, and both sides settle on the same times',
    run: async ({ us, them, make }) => {
      const router = await make.start(them, setup)
      const [four, six] = [new BfdSpeaker(us, options), new BfdSpeaker(us, ['--peer', theirs6, '--interface', 'v0', ...profileOf(steady)])]
      await settled(four, router)
      await settled(six, router, { peer: ours6 })
    },
  },
  {
    title: 'each side may be the passive one',
    run: async ({ us, them, make }) => {
      const wire = await watchWire(us, 'ip and udp dst port 3784')
      const spoken = (from: string): number => wire().filter(({ words }) => words.includes(`IP ${from}.`)).length
      const router = await make.start(them, { ...setup, passive: true })
      await sleep(pastSlow)
      assert.equal(spoken(theirs), 0)
      const speaker = new BfdSpeaker(us, options)
      await settled(speaker, router)
      speaker.kill('SIGKILL')
      await routerSays(router, ours, 'down', ({ up }) => !up)
      await router.change({ ...setup, passive: false })
      router.daemon.child.kill('SIGSTOP')
      const before = spoken(ours)
      const passive = new BfdSpeaker(us, [...options, '--passive'])
      await passive.is('down', ({ state }) => state === 'down')
      await sleep(pastSlow)
      assert.equal(spoken(ours), before)
      router.daemon.child.kill('SIGCONT')
      await settled(passive, router)
    },
  },
  {
    title: 'parameters change by a Poll Sequence from either side, and the session stays up',
    run: async (stage) => {
      const { router, speaker } = await together(stage)
      speaker.tell({ do: 'update', profile: { transmitIntervalMicros: 400_000, receiveIntervalMicros: 300_000, detectMultiplier: 4 } })
      await routerSays(router, ours, 'waiting 4 × 400 ms for us', ({ detectionMillis }) => detectionMillis === 1600)
      await speaker.is('waiting 5 × 300 ms for it', ({ pace }) => pace?.detectionMicros === 1_500_000)
      await router.change({ ...setup, transmitMillis: 500, receiveMillis: 600, multiplier: 4 })
      await speaker.is(
        'waiting 4 × 500 ms, sending each 600',
        ({ pace }) => pace?.detectionMicros === 2_000_000 && pace.transmitMicros === 600_000,
      )
      speaker.tell({ do: 'update', profile: { transmitIntervalMicros: 200_000, receiveIntervalMicros: 200_000, detectMultiplier: 5 } })
      await router.change(setup)
      await settled(speaker, router)
      assert.equal(speaker.events.filter(({ event }) => event === 'down').length, 0)
    },
  },
  {
    title: 'packets that a router forwarded are ignored, TTL 254 already',
    run: async ({ us, them, make }) => {
      await rule(them, 'ip ttl set 254')
      const wire = await watchWire(us, 'ip and udp dst port 3784')
      const router = await make.start(them, setup)
      const speaker = new BfdSpeaker(us, options)
      await speaker.status()
      const [began, forwarded] = [Date.now(), 254]
      const came = () => wire().filter(({ atMillis, octets }) => atMillis > began && octets[ttlAt] === forwarded)
      await until('three packets of the router', 60, () => (came().length >= 3 ? true : undefined))
      const { state, counters } = await speaker.status()
      assert.deepEqual([state, counters.controlPacketInput], ['down', 0])
      await noRule(them)
      await settled(speaker, router)
      await rule(them, 'ip ttl set 254')
      assert.equal((await speaker.next('down')).by, 'silence')
    },
  },
  {
    title: 'a multihop session comes up and keeps to its minimum TTL',
    run: async ({ us, them, make }) => {
      await rule(them, 'ip ttl set 251')
      const router = await make.start(them, farSetup)
      const strict = new BfdSpeaker(us, [...farOptions, '--minimum-ttl', '252'])
      assert.equal((await strict.next('dropped')).reason, 'ttl')
      assert.equal((await strict.status()).state, 'down')
      strict.kill('SIGKILL')
      await settled(new BfdSpeaker(us, [...farOptions, '--minimum-ttl', '251']), router)
    },
  },
  {
    title: 'a router that wants authentication is refused by name',
    lacks: {
      FRR: {
        because: '8.4 knows no authentication of BFD: "authentication" is an unknown command of its peers',
        shown: async ({ them, make }) => {
          await make.start(them, setup)
          const words = ['configure terminal', 'bfd', `peer ${ours} interface v0`, 'authentication simple'].map((word) => `-c '${word}'`)
          const answer = await them.exec('sh', '-c', `vtysh --vty_socket /run/frr ${words.join(' ')} 2>&1; true`)
          assert.match(answer, /Unknown command: authentication/)
        },
      },
    },
    run: async ({ us, them, make }) => {
      const router = await make.start(them, { ...setup, authentication: 'simple' })
      for (const authentication of ['simple', 'meticulous keyed sha1'] as const) {
        await router.change({ ...setup, authentication })
        const speaker = new BfdSpeaker(us, options)
        const { reason, message } = await speaker.next('dropped')
        assert.equal(reason, 'authentication')
        assert.match(
          message,
          /a packet from 10\.99\.0\.2 was dropped: it carries authentication, .* switch BFD authentication off at the peer/,
        )
        assert.equal((await speaker.status()).state, 'down')
        speaker.kill('SIGKILL')
      }
    },
  },
]

const goingDown: readonly BfdFeature[] = [
  {
    title: 'a router that hangs is down for us by silence, not before the detection time is over, and up again when it wakes',
    run: async (stage) => {
      const { router, speaker } = await together(stage)
      const silence = await watchSilence(stage.us)
      for (let round = 0; round < 2; round++) {
        await settled(speaker, router)
        const began = Date.now()
        router.daemon.child.kill('SIGSTOP')
        silence.weFell(await speaker.next('down'), began, Date.now())
        router.daemon.child.kill('SIGCONT')
        await speaker.next('up')
      }
    },
  },
  {
    title: 'a link that goes down is missed by silence, not before the detection time is over',
    run: async (stage) => {
      const { speaker } = await together(stage)
      const silence = await watchSilence(stage.us)
      const began = Date.now()
      await stage.them.exec('ip', 'link', 'set', 'v0', 'down')
      silence.weFell(await speaker.next('down'), began, Date.now())
    },
  },
  {
    title: 'a path cut both ways at once is missed by both, each by itself and not before the detection time is over',
    run: async (stage) => {
      const { router, speaker } = await together(stage)
      const silence = await watchSilence(stage.us)
      const began = Date.now()
      await cutBothWays(stage.us)
      const cut = Date.now()
      silence.weFell(await speaker.next('down'), began, cut)
      await silence.routerFell(began)
      await noRule(stage.us)
      await settled(speaker, router)
    },
  },
  {
    title: 'the router misses us by silence when we are killed, not before the detection time is over',
    run: async (stage) => {
      const { router, speaker } = await together(stage)
      const silence = await watchSilence(stage.us)
      const began = Date.now()
      speaker.kill('SIGKILL')
      await silence.routerFell(began)
      await routerSays(router, ours, 'down', ({ up }) => !up)
    },
  },
  {
    title: 'a session we disable is down at the router at once, and comes back when we enable it',
    run: async (stage) => {
      const { router, speaker } = await together(stage)
      speaker.tell({ do: 'disable' })
      await routerSays(router, ours, 'down', ({ up }) => !up)
      await speaker.is('admin-down, and the peer followed', ({ state, peer }) => state === 'admin-down' && peer?.state === 'down')
      assert.match((await speaker.status()).peer?.diagnostic ?? '', /Neighbor Signaled Session Down/)
      speaker.tell({ do: 'enable' })
      await settled(speaker, router)
      speaker.tell({ do: 'close' })
      await speaker.next('closed')
    },
  },
  {
    title: 'AdminDown is told apart from a failure, by the router and by us',
    lacks: {
      BIRD: {
        because: '2.0.12 cannot shut a session: with its protocol disabled it says nothing more, and shows no diagnostic of ours',
        shown: async (stage) => {
          const { speaker } = await together(stage)
          await birdc(stage.them, 'disable', 'b')
          assert.equal((await speaker.next('down')).by, 'silence')
        },
      },
    },
    run: async (stage) => {
      const { router, speaker } = await together(stage)
      speaker.tell({ do: 'disable' })
      await routerSays(router, ours, 'administratively down', ({ theirDiagnostic }) => theirDiagnostic === 'administratively down')
      speaker.tell({ do: 'enable' })
      await settled(speaker, router)
      await vtysh(stage.them, 'configure terminal', 'bfd', `peer ${ours} interface v0`, 'shutdown')
      const { by, message } = await speaker.next('down', 15, (event) => event.message.includes('10.99.0.2 is admin-down'))
      assert.equal(by, 'peer')
      assert.match(message, /10\.99\.0\.2 is admin-down, its diagnostic/) // FRR 8.4 sends diagnostic 0 with it
    },
  },
]

const storms: readonly BfdFeature[] = [
  {
    title: 'a storm of flaps, one way or the other for a moment: after it the session is up on both sides',
    run: async (stage) => {
      const { router, speaker } = await together(stage, fast)
      for (let flap = 0; flap < 20; flap++) {
        const host = flap % 2 === 0 ? stage.us : stage.them
        await rule(host, 'udp dport 3784 drop')
        await sleep((flap * 37) % 400)
        await noRule(host)
        await sleep((flap * 53) % 500)
      }
      await settled(speaker, router, { pace: fast })
      const { counters } = await speaker.is('up', ({ state }) => state === 'up')
      assert.equal(counters.sessionUpEvents, counters.sessionDownEvents + 1)
      await until('the router to have come up once more than it went down', 60, async () => {
        const counts = await router.counts(ours)
        const up = (await router.seen(ours))?.up
        return up === true && counts.up === counts.down + 1 ? true : undefined
      })
      assert.ok(counters.sessionDownEvents >= 3, `${counters.sessionDownEvents}`)
    },
  },
  {
    title: 'six cuts in a row: both sides count the same falls and rises',
    run: async (stage) => {
      const { router, speaker } = await together(stage)
      for (let cut = 0; cut < 6; cut++) {
        await cutBothWays(stage.us)
        await speaker.is('down', ({ state }) => state === 'down')
        await routerSays(router, ours, 'down', ({ up }) => !up)
        await noRule(stage.us)
        await settled(speaker, router)
      }
      const { counters } = await speaker.status()
      const { up, down } = await router.counts(ours)
      assert.deepEqual({ up: counters.sessionUpEvents, down: counters.sessionDownEvents }, { up, down })
      assert.equal(down, 6)
    },
  },
]

/** The rows of libs/bfd/INTEROP.md, in its order, but for those that measure time. */
export const bfdFeatures: readonly BfdFeature[] = [...comingUp, ...goingDown, ...storms]

/** 50 ms × 3, and the delay of an idle machine until the process runs that notices. No fall may be early. */
const inTime = { latest: 250 } as const

/** Rows that measure time, each of many samples: they are the last of the page, and run alone on the machine. */
export const bfdTimings: readonly BfdFeature[] = [
  {
    title: 'a router that hangs is missed within the detection time, again and again',
    run: async (stage) => {
      const { router, speaker } = await together(stage, fast)
      const silence = await watchSilence(stage.us, fast)
      const samples: number[] = []
      for (let round = 0; round < 15; round++) {
        await settled(speaker, router, { pace: fast })
        await speaker.status() // what was before is not waited for
        const began = Date.now()
        router.daemon.child.kill('SIGSTOP')
        samples.push(silence.weFell(await speaker.next('down'), began, Date.now()))
        router.daemon.child.kill('SIGCONT')
        await speaker.next('up')
      }
      judge(`${stage.make.name} hangs, our end is down after at least`, samples, inTime)
    },
  },
  {
    title: 'a path cut both ways at once is missed within the detection time by both',
    run: async (stage) => {
      const { router, speaker } = await together(stage, fast)
      const silence = await watchSilence(stage.us, fast)
      const [we, they]: [number[], number[]] = [[], []]
      for (let round = 0; round < 15; round++) {
        await speaker.status() // what was before is not waited for
        const began = Date.now()
        await cutBothWays(stage.us)
        const cut = Date.now()
        we.push(silence.weFell(await speaker.next('down'), began, cut))
        they.push(await silence.routerFell(began))
        await noRule(stage.us)
        await settled(speaker, router, { pace: fast })
      }
      judge(`cut from ${stage.make.name}, our end is down after at least`, we, inTime)
      judge(`cut from us, ${stage.make.name} is down after`, they, inTime)
    },
  },
]
