import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import { SimClock } from '@loadstone/sim'
import fc from 'fast-check'
import { type ApiAnswer, type ApiCall, type ApiServer, ApiUnreachable } from '../../src'
import { applyCall, deleteCall, type QueuedWrite, WriteLanes } from '../../src/writes'
import { judge } from '../../src/writes/write-outcome'
import { settle } from '../settle'

const maps = { group: '', version: 'v1', plural: 'configmaps', namespace: 'default' }
const answer = (status: number, more: object = {}): ApiAnswer => ({ status, body: { message: `m${status}` }, ...more })
const apply = (name: string, lane: 'fast' | 'slow' = 'fast', data: object = {}): QueuedWrite<'fast' | 'slow'> => ({
  lane,
  object: name,
  call: applyCall(maps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }, { fieldManager: 'x' }),
})
const remove = (name: string): QueuedWrite<'fast'> => ({ lane: 'fast', object: name, call: deleteCall(maps, { name }, {}) })

/** A server whose answers the test gives one by one. */
class ScriptedApiServer implements ApiServer {
  readonly open: { readonly call: ApiCall; readonly answer: (answer: ApiAnswer | ApiUnreachable) => Promise<void> }[] = []
  most = 0

  request(call: ApiCall): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const entry = {
        call,
        answer: async (given: ApiAnswer | ApiUnreachable) => {
          this.open.splice(this.open.indexOf(entry), 1)
          if (given instanceof ApiUnreachable) reject(given)
          else resolve(given)
          await settle()
        },
      }
      this.open.push(entry)
      this.most = Math.max(this.most, this.open.length)
    })
  }
  async *watch(): AsyncGenerator<never> {}
  async close(): Promise<void> {}

  names(): readonly string[] {
    return this.open.map(({ call }) => call.path.split('/').pop() ?? '')
  }
  async answerAll(given: ApiAnswer): Promise<void> {
    await settle()
    for (const entry of [...this.open]) await entry.answer(given)
  }
}

function start(slots = { fast: 2, slow: 1 }, budgetMillis = () => 60_000) {
  const desk = new ScriptedApiServer()
  const clock = new SimClock()
  return { desk, clock, lanes: new WriteLanes({ api: desk, clock, random: () => 0.5, slots, budgetMillis }) }
}

test('a lane has as many writes in flight as it has slots, and no lane waits for another', async () => {
  const { desk, lanes } = start({ fast: 2, slow: 1 })
  const performed = lanes.perform([apply('s1', 'slow'), apply('s2', 'slow'), ...['a', 'b', 'c', 'd'].map((name) => apply(name))])
  await settle()
  assert.deepEqual([...desk.names()].sort(), ['a', 'b', 's1'])
  await desk.open.find(({ call }) => call.path.endsWith('/b'))?.answer(answer(200))
  assert.deepEqual([...desk.names()].sort(), ['a', 'c', 's1'])
  while (desk.open.length > 0) await desk.answerAll(answer(200))
  assert.deepEqual(
    (await performed).map(({ write, outcome }) => `${write.object} ${outcome.is}`),
    ['s1', 's2', 'a', 'b', 'c', 'd'].map((name) => `${name} written`),
  )
  assert.deepEqual([desk.most, lanes.pending()], [3, 0])
})

test('writes to one object keep their order, whatever else is in flight', async () => {
  const { desk, lanes } = start({ fast: 8, slow: 1 })
  const performed = lanes.perform([apply('a'), remove('a'), apply('a'), apply('b')])
  const methods: string[] = []
  for (let turn = 0; turn < 4; turn++) {
    await settle()
    assert.ok(desk.names().filter((name) => name === 'a').length <= 1)
    methods.push(...desk.open.filter(({ call }) => call.path.endsWith('/a')).map(({ call }) => call.method))
    await desk.answerAll(answer(200))
  }
  assert.deepEqual(methods, ['PATCH', 'DELETE', 'PATCH'])
  await performed
})

test('an apply that has not begun gives its place to a later one of the same fields, but not across a delete', async () => {
  const { desk, lanes } = start({ fast: 1, slow: 1 })
  const performed = lanes.perform([
    apply('busy'),
    apply('a', 'fast', { x: '1' }),
    apply('a', 'fast', { x: '2' }),
    remove('a'),
    apply('a', 'fast', { x: '3' }),
  ])
  const bodies: unknown[] = []
  for (let turn = 0; turn < 4; turn++) {
    await settle()
    bodies.push(...desk.open.map(({ call }) => (call.body as { data?: unknown }).data ?? call.method))
    await desk.answerAll(answer(200))
  }
  assert.deepEqual(bodies, [{}, { x: '2' }, 'DELETE', { x: '3' }])
  assert.deepEqual(
    (await performed).map(({ outcome }) => outcome.is),
    ['written', 'superseded', 'written', 'written', 'written'],
  )
})

test('an apply that has begun is not taken back: the later one follows it', async () => {
  const { desk, lanes } = start({ fast: 1, slow: 1 })
  const first = lanes.perform([apply('a', 'fast', { x: '1' })])
  await settle()
  const second = lanes.perform([apply('a', 'fast', { x: '2' })])
  await desk.answerAll(answer(409))
  await desk.answerAll(answer(200))
  assert.deepEqual([(await first)[0]?.outcome.is, (await second)[0]?.outcome.is], ['conflict', 'written'])
})

test('a merge patch is never left out: the next one need not say what it said', async () => {
  const { desk, lanes } = start({ fast: 1, slow: 1 })
  const patch = (body: object): QueuedWrite<'fast'> => ({
    lane: 'fast',
    object: 'a',
    call: { method: 'PATCH', path: '/x', contentType: 'application/merge-patch+json', body },
  })
  const performed = lanes.perform([patch({ a: 1 }), patch({ b: 1 }), patch({ c: 1 })])
  for (let turn = 0; turn < 3; turn++) await desk.answerAll(answer(200))
  assert.deepEqual(
    (await performed).map(({ outcome }) => outcome.is),
    ['written', 'written', 'written'],
  )
})

test('what is overloaded or away is tried again after a pause, and at last reported', async () => {
  const { desk, clock, lanes } = start()
  const performed = lanes.perform([apply('a')])
  const waits: number[] = []
  for (let attempt = 1; attempt < 5; attempt++) {
    await desk.answerAll(answer(503))
    const began = clock.now()
    while (desk.open.length === 0) {
      clock.advance(25)
      await settle()
    }
    waits.push(clock.now() - began)
  }
  await settle()
  await desk.open[0]?.answer(new ApiUnreachable('timeout', 'no answer'))
  assert.deepEqual(waits, [75, 150, 300, 600])
  assert.deepEqual((await performed)[0]?.outcome, { is: 'failed', message: 'no answer' })
})

test('what took long is not repeated, since its caller may want something else by then; a pause that the server asks for is kept', async () => {
  for (const [given, pause] of [
    [new ApiUnreachable('timeout', 'no answer'), 75],
    [answer(429, { retryAfterSeconds: 30 }), 30_075],
  ] as const) {
    const { desk, clock, lanes } = start()
    const performed = lanes.perform([apply('a')])
    await settle()
    if (!('status' in given)) clock.advance(2_001)
    const began = clock.now()
    await desk.open[0]?.answer(given)
    let ended = -1
    void performed.then(() => {
      ended = clock.now() - began
    })
    for (let i = 0; i < 3_000 && ended < 0; i++) {
      clock.advance(25)
      await settle()
    }
    assert.deepEqual([desk.names(), ended, (await performed)[0]?.outcome.is], [[], pause, 'failed'])
  }
})

test('who no longer leads begins nothing and repeats nothing', async () => {
  let budget = 60_000
  const { desk, clock, lanes } = start({ fast: 1, slow: 1 }, () => budget)
  const performed = lanes.perform([apply('a'), apply('b')])
  await settle()
  budget = 0
  await desk.answerAll(answer(503))
  clock.advance(10_000)
  await settle()
  assert.equal(desk.open.length, 0)
  assert.deepEqual(
    (await performed).map(({ outcome, attempts }) => `${outcome.is} ${attempts}`),
    ['abandoned 1', 'abandoned 0'],
  )
})

test('no request may outlive the time we surely lead', async () => {
  const { desk, lanes } = start({ fast: 2, slow: 1 }, () => 1_234)
  void lanes.perform([apply('a'), { ...apply('b'), call: { ...apply('b').call, timeoutMillis: 500 } }])
  await settle()
  assert.deepEqual(
    desk.open.map(({ call }) => call.timeoutMillis),
    [1_234, 500],
  )
})

const ofGroup = (group: string, name: string): QueuedWrite<'fast'> => ({ ...apply(name), lane: 'fast', group })

test('a group that does not answer keeps no other waiting, gets two slots, and its share again once it is quick', async () => {
  const { desk, clock, lanes } = start({ fast: 4, slow: 1 })
  const hung = Array.from({ length: 40 }, (_, i) => `h${i}`)
  const performed = lanes.perform(hung.map((name) => ofGroup('bad', name)))
  await settle()
  assert.deepEqual(desk.names(), hung.slice(0, 4))
  const others = lanes.perform(['a', 'b', 'c', 'd', 'e'].map((name) => ofGroup('good', name)))
  await settle()
  assert.deepEqual(desk.names(), hung.slice(0, 4), 'they wait for a slot')
  clock.advance(1000)
  await settle()
  assert.deepEqual(desk.names().slice(4), ['a', 'b', 'c', 'd'], 'and get it after a second')
  for (const name of ['a', 'b', 'c', 'd', 'e']) await desk.open.find(({ call }) => call.path.endsWith(`/${name}`))?.answer(answer(200))
  assert.deepEqual(
    (await others).map(({ outcome }) => outcome.is),
    ['a', 'b', 'c', 'd', 'e'].map(() => 'written'),
  )
  assert.deepEqual(desk.names(), hung.slice(0, 4), 'nothing more of the group begins')
  for (const name of ['h0', 'h1']) await desk.open.find(({ call }) => call.path.endsWith(`/${name}`))?.answer(answer(200))
  assert.deepEqual(desk.names(), ['h2', 'h3'])
  await desk.open.find(({ call }) => call.path.endsWith('/h2'))?.answer(answer(200))
  assert.deepEqual(desk.names(), ['h3', 'h4'], 'two, to see whether it answers')
  await desk.open.find(({ call }) => call.path.endsWith('/h4'))?.answer(answer(200))
  assert.deepEqual(desk.names(), ['h3', 'h5', 'h6', 'h7', 'h8'], 'quick again, and h3 has no slot any more')
  while (desk.open.length > 0) await desk.answerAll(answer(200))
  assert.ok((await performed).every(({ outcome }) => outcome.is === 'written'))
})

test('groups take turns: one with little does not wait for one with much', async () => {
  const { desk, lanes } = start({ fast: 1, slow: 1 })
  const performed = lanes.perform([...['m1', 'm2', 'm3'].map((name) => ofGroup('much', name)), ofGroup('little', 'l1')])
  const order: string[] = []
  for (let turn = 0; turn < 4; turn++) {
    await settle()
    order.push(...desk.names())
    await desk.answerAll(answer(200))
  }
  assert.deepEqual(order, ['m1', 'l1', 'm2', 'm3'])
  await performed
})

test('writes without an answer are bounded: eight for each slot', async () => {
  const { desk, clock, lanes } = start({ fast: 2, slow: 1 })
  const performed = lanes.perform(Array.from({ length: 40 }, (_, i) => apply(`w${i}`)))
  for (let second = 0; second < 30; second++) {
    await settle()
    clock.advance(1000)
  }
  await settle()
  assert.equal(desk.open.length, 16)
  while (desk.open.length > 0) await desk.answerAll(answer(200))
  await performed
})

test('closing waits for what is in flight and abandons the rest', async () => {
  const { desk, lanes } = start({ fast: 1, slow: 1 })
  const performed = lanes.perform([apply('a'), apply('b')])
  await settle()
  let closed = false
  const closing = lanes.close().then(() => {
    closed = true
  })
  await settle()
  assert.equal(closed, false)
  await desk.answerAll(answer(200))
  await closing
  assert.deepEqual(
    (await performed).map(({ outcome }) => outcome.is),
    ['written', 'abandoned'],
  )
  assert.deepEqual(
    (await lanes.perform([apply('c')])).map(({ outcome }) => outcome.is),
    ['abandoned'],
  )
})

test('what was decided before everything was abandoned is neither begun nor repeated; what is given afterwards is', async () => {
  const { desk, clock, lanes } = start({ fast: 2, slow: 1 })
  const old = lanes.perform([apply('flying'), apply('pausing'), apply('waiting')])
  await settle()
  await desk.open.find(({ call }) => call.path.endsWith('/pausing'))?.answer(answer(503))
  await desk.open.find(({ call }) => call.path.endsWith('/waiting'))?.answer(answer(503))
  lanes.abandon()
  const next = lanes.perform([apply('next')])
  await settle()
  clock.advance(60_000)
  await settle()
  assert.deepEqual(desk.names(), ['flying', 'next'])
  await desk.answerAll(answer(200))
  assert.deepEqual((await old).map(({ outcome }) => outcome.is), ['written', 'abandoned', 'abandoned']) // biome-ignore format: one line
  assert.deepEqual((await next).map(({ outcome }) => outcome.is), ['written']) // biome-ignore format: one line
})

test('closing does not wait for a pause to end', async () => {
  const { desk, lanes } = start()
  const performed = lanes.perform([apply('a')])
  await desk.answerAll(answer(429, { retryAfterSeconds: 30 }))
  await lanes.close()
  assert.equal((await performed)[0]?.outcome.is, 'abandoned')
})

test('every answer has one meaning', () => {
  const verdicts = [200, 201, 400, 401, 403, 404, 409, 422, 429, 500, 503].map((status) => {
    const verdict = judge(answer(status, status === 429 ? { retryAfterSeconds: 1 } : {}), 1, () => 0)
    return `${status} ${verdict.is === 'again' ? `again after ${verdict.afterMillis}` : verdict.outcome.is}`
  })
  assert.deepEqual(verdicts, [
    '200 written',
    '201 written',
    '400 refused',
    '401 again after 50',
    '403 refused',
    '404 gone',
    '409 conflict',
    '422 refused',
    '429 again after 1050',
    '500 again after 50',
    '503 again after 50',
  ])
})

test('whatever is given in whatever order, every write gets one outcome and no object two writes at once', async () => {
  const write = fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    lane: fc.constantFrom('fast' as const, 'slow' as const),
    kind: fc.constantFrom('apply', 'remove'),
  })
  const batches = fc.array(fc.array(write, { maxLength: 6 }), { maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(batches, fc.infiniteStream(fc.constantFrom(200, 200, 409, 503)), async (given, statuses) => {
      const { desk, clock, lanes } = start({ fast: 2, slow: 2 })
      const performed = given.map((batch) =>
        lanes.perform(batch.map(({ name, lane, kind }) => (kind === 'apply' ? apply(name, lane) : { ...remove(name), lane }))),
      )
      for (let turn = 0; turn < 1_000 && lanes.pending() > 0; turn++) {
        await settle()
        assert.ok(desk.open.length <= 4 * 8)
        await desk.open[0]?.answer(answer(statuses.next().value))
        clock.advance(1_000)
      }
      const results = (await Promise.all(performed)).flat()
      assert.equal(results.length, given.flat().length)
    }),
    { numRuns: 50 },
  )
})
