import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { SimClock } from '@loadstone/sim'
import fc from 'fast-check'
import { type ApiCall, ApiUnreachable, type KubeObject } from '../../src'
import { microTime } from '../../src/election/lease'
import { LeaseElection } from '../../src/leases'
import { SimApiServer } from '../../testing'
import { settle } from '../settle'

const kind = { group: 'coordination.k8s.io', version: 'v1', plural: 'leases', kind: 'Lease', namespaced: true }
const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases'

/** Two candidates on one server, with a record of which of them leads. */
class Contest {
  readonly clock = new SimClock()
  readonly api = new SimApiServer([kind])
  readonly log: string[] = []
  readonly troubles: string[] = []
  readonly cutOff = new Set<string>()
  /** Latency of a request in milliseconds. */
  latency = 0
  readonly candidates: Readonly<Record<string, LeaseElection>>

  constructor(...names: readonly string[]) {
    this.candidates = Object.fromEntries(names.map((name) => [name, this.candidate(name)]))
  }

  candidate(identity: string): LeaseElection {
    const connected = {
      request: (call: ApiCall) => {
        if (this.cutOff.has(identity)) return Promise.reject(new ApiUnreachable('not-connected', 'the API server is not there'))
        if (this.latency === 0) return this.api.request(call)
        return new Promise<void>((resolve) => void this.clock.after(this.latency, resolve)).then(() => this.api.request(call))
      },
      watch: (call: ApiCall) => this.api.watch(call),
      close: () => this.api.close(),
    }
    return new LeaseElection({
      api: connected,
      clock: this.clock,
      wallTime: () => new Date(Date.UTC(2026, 0, 1, 0, 0, 0, 123) + this.clock.now()).toISOString(),
      random: () => 0.5,
      namespace: 'default',
      name: 'operator',
      identity,
      onChange: (leading, why) => void this.log.push(`${identity} ${leading ? 'leads' : `stops: ${why}`}`),
      onTrouble: (why) => void this.troubles.push(`${identity}: ${why}`),
    })
  }

  async pass(millis: number): Promise<void> {
    for (let left = millis; left > 0; left -= 50) {
      await settle()
      this.clock.advance(Math.min(50, left))
      await settle()
    }
  }

  leaders(): readonly string[] {
    return Object.entries(this.candidates)
      .filter(([, candidate]) => candidate.leading())
      .map(([name]) => name)
  }

  lease(): Readonly<Record<string, unknown>> {
    const [lease] = this.api.everything(path)
    return (lease as KubeObject)['spec'] as Record<string, unknown>
  }
}

test('the first of two leads, after it has settled, and the other follows', async () => {
  const contest = new Contest('a', 'b')
  contest.candidates['a']?.start()
  await contest.pass(300)
  contest.candidates['b']?.start()
  assert.deepEqual(contest.leaders(), [])
  await contest.pass(700)
  assert.deepEqual(contest.leaders(), ['a'])
  await contest.pass(60_000)
  assert.deepEqual([contest.leaders(), contest.log, contest.candidates['b']?.holder()], [['a'], ['a leads'], 'a'])
  assert.match(contest.candidates['b']?.reason() ?? '', /a leads/)
})

test('the lease says what it must, in the form Kubernetes takes', async () => {
  const contest = new Contest('a')
  contest.candidates['a']?.start()
  await contest.pass(1_000)
  const [acquireTime, renewTime] = ['2026-01-01T00:00:00.123000Z', '2026-01-01T00:00:01.123000Z']
  assert.deepEqual(contest.lease(), { holderIdentity: 'a', leaseDurationSeconds: 5, acquireTime, renewTime, leaseTransitions: 0 })
  assert.equal(microTime('2026-01-01T00:00:00.123Z'), acquireTime)
})

test('a leader that dies is followed by another within 6 s', async () => {
  const contest = new Contest('a', 'b')
  contest.candidates['a']?.start()
  await contest.pass(1_000)
  contest.candidates['b']?.start()
  await contest.pass(10_000)
  contest.cutOff.add('a')
  let waited = 0
  for (; !contest.leaders().includes('b'); waited += 50) await contest.pass(50)
  assert.ok(waited >= 4_000 && waited <= 6_000, `${waited} ms`)
  assert.deepEqual(contest.log.slice(1), ['a stops: the lease could not be renewed in time', 'b leads'])
  assert.equal(contest.lease()['leaseTransitions'], 1)
})

test('of those who want to follow a leader that died, one does, and the others do not disturb it', async () => {
  const contest = new Contest('a', 'b', 'c', 'd')
  contest.candidates['a']?.start()
  await contest.pass(2_000)
  for (const name of ['b', 'c', 'd']) contest.candidates[name]?.start()
  await contest.pass(10_000)
  contest.cutOff.add('a')
  const taken: string[] = []
  contest.api.fault = ({ method, body }) => {
    const { acquireTime } = (body as { spec?: { acquireTime?: string } } | undefined)?.spec ?? {}
    if (method === 'PATCH' && acquireTime !== undefined) taken.push(String(contest.lease()['holderIdentity']))
    return undefined
  }
  await contest.pass(10_000)
  const [leader] = contest.leaders()
  assert.equal(contest.lease()['holderIdentity'], leader)
  assert.deepEqual(
    taken,
    ['a', leader, leader],
    'all three tried at once: the first found the lease of the dead, the others that of the new leader',
  )
  assert.deepEqual(contest.log.slice(1), ['a stops: the lease could not be renewed in time', `${leader} leads`])
})

test('the lease counts from when it was asked for, not from when the answer came', async () => {
  const contest = new Contest('a')
  contest.latency = 400
  contest.candidates['a']?.start()
  const remaining: number[] = []
  for (let step = 0; step < 100; step++) {
    await contest.pass(50)
    remaining.push(contest.candidates['a']?.remainingMillis() ?? 0)
  }
  assert.ok(Math.max(...remaining) > 4_000 && Math.max(...remaining) <= 4_600, String(Math.max(...remaining)))
})

test('what is in the way of the lease is told once, in words, or nobody would know why nobody leads', async () => {
  const contest = new Contest('a')
  contest.cutOff.add('a')
  contest.candidates['a']?.start()
  await contest.pass(20_000)
  assert.deepEqual([contest.leaders(), contest.troubles], [[], ['a: the API server is not there']])
})

test('a leader that stops hands over at once', async () => {
  const contest = new Contest('a', 'b')
  for (const candidate of Object.values(contest.candidates)) candidate.start()
  await contest.pass(10_000)
  const [first = ''] = contest.leaders()
  const stopped = contest.candidates[first]?.stop()
  assert.deepEqual(contest.leaders(), [], 'it stops leading before it gives the lease back')
  await contest.pass(700)
  await stopped
  assert.deepEqual(contest.leaders(), [first === 'a' ? 'b' : 'a'])
})

test('who stops while its renewal is under way still gives the lease back', async () => {
  const contest = new Contest('a')
  contest.candidates['a']?.start()
  await contest.pass(950)
  await settle()
  contest.clock.advance(50) // the renewal is sent now, and answered when promises run
  const stopped = contest.candidates['a']?.stop()
  await settle()
  await stopped
  assert.equal(contest.lease()['holderIdentity'], '')
})

test('a request never gets more time than there is until another may lead', async () => {
  const contest = new Contest('a')
  const { a } = contest.candidates
  a?.start()
  await contest.pass(2_000)
  contest.cutOff.add('a')
  const remaining: number[] = []
  for (let step = 0; step < 8; step++) {
    remaining.push(Math.ceil((a?.remainingMillis() ?? 0) / 100))
    await contest.pass(500)
  }
  const falling = remaining.filter((millis) => millis > 0)
  assert.ok(
    falling.length >= 5 && falling.every((millis, index) => index === 0 || millis === (falling[index - 1] ?? 0) - 5),
    String(remaining),
  )
  assert.ok((falling.at(-1) ?? 0) >= 20, 'it stops leading while at least the margin is left')
})

test('a lease that somebody else has taken by force is given up as soon as that is seen', async () => {
  const contest = new Contest('a')
  contest.candidates['a']?.start()
  await contest.pass(2_000)
  const spec = { holderIdentity: 'intruder', leaseDurationSeconds: 5 }
  await contest.api.request({ method: 'PATCH', path: `${path}/operator`, contentType: 'application/merge-patch+json', body: { spec } })
  await contest.pass(50)
  assert.deepEqual(contest.log, ['a leads', 'a stops: intruder holds the lease now'])
  await contest.pass(6_000)
  assert.deepEqual(contest.leaders(), ['a'], 'and taken again once that one has not renewed it')
})

test('a lease that is deleted is made anew', async () => {
  const contest = new Contest('a')
  contest.candidates['a']?.start()
  await contest.pass(2_000)
  await contest.api.request({ method: 'DELETE', path: `${path}/operator` })
  await contest.pass(3_000)
  assert.deepEqual(contest.leaders(), ['a'])
})

test('an API server that is away for longer than the lease: nobody leads meanwhile, and one does after', async () => {
  const contest = new Contest('a', 'b')
  for (const candidate of Object.values(contest.candidates)) candidate.start()
  await contest.pass(10_000)
  for (const name of ['a', 'b']) contest.cutOff.add(name)
  await contest.pass(30_000)
  assert.deepEqual(contest.leaders(), [])
  contest.cutOff.clear()
  await contest.pass(8_000)
  assert.equal(contest.leaders().length, 1)
})

test('whoever is cut off, restored, stopped or broken when, never do two lead', async () => {
  const names = ['a', 'b', 'c']
  const happening = fc.record({
    what: fc.constantFrom('cut', 'restore', 'break', 'forget', 'nothing'),
    who: fc.constantFrom(...names),
    millis: fc.integer({ min: 1, max: 80 }).map((steps) => steps * 50),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(happening, { maxLength: 12 }), async (happenings) => {
      const contest = new Contest(...names)
      for (const candidate of Object.values(contest.candidates)) candidate.start()
      const watch = async (millis: number): Promise<void> => {
        for (let left = millis; left > 0; left -= 50) {
          await contest.pass(50)
          assert.ok(contest.leaders().length <= 1, contest.leaders().join())
        }
      }
      for (const { what, who, millis } of happenings) {
        if (what === 'cut') contest.cutOff.add(who)
        if (what === 'restore') contest.cutOff.delete(who)
        if (what === 'break') contest.api.breakWatches()
        if (what === 'forget') contest.api.forget()
        await watch(millis)
      }
      contest.cutOff.clear()
      await watch(16_000)
      assert.equal(contest.leaders().length, 1)
      await Promise.all(Object.values(contest.candidates).map((candidate) => candidate.stop()))
    }),
    { numRuns: 20 },
  )
}, 60_000)
