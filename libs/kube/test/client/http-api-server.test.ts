import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from '@jest/globals'
import { SimClock } from '@loadstone/sim'
import { type ApiCall, ApiUnreachable, statusOf } from '../../src'
import type { Unreachable, WatchEvent } from '../../src/client/api-server'
import { apiServerOver, type HttpExchange, type HttpTransport } from '../../src/client/http-api-server'
import { settle } from '../settle'

const get: ApiCall = { method: 'GET', path: '/api/v1/services' }

const exchange = (status: number, chunks: readonly string[], retryAfter?: string): HttpExchange => ({
  status,
  retryAfter,
  body: Readable.from(chunks.map((chunk) => Buffer.from(chunk))),
})
const over = (open: HttpTransport['open'], clock = new SimClock()) =>
  apiServerOver({ where: () => 'https://api:443', open, close: async () => {} }, clock)
const answering = (...given: Parameters<typeof exchange>) => over(async () => exchange(...given))

/** A call that ends only by its signal, as on a silent connection. */
const hanging: HttpTransport['open'] = (_, signal) =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('socket destroyed'))))

const problem =
  (expected: Unreachable, words: RegExp = /./) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof ApiUnreachable, String(error))
    assert.equal(error.problem, expected, error.message)
    assert.match(error.message, words)
    return true
  }

async function watched(api: ReturnType<typeof over>): Promise<readonly WatchEvent[]> {
  const events: WatchEvent[] = []
  for await (const event of api.watch(get)) events.push(event)
  return events
}

test('an answer is JSON where it is, and text where it is not', async () => {
  assert.deepEqual(await answering(200, ['{"a":', '"é"}']).request(get), { status: 200, body: { a: 'é' } })
  assert.deepEqual(await answering(502, ['<html>']).request(get), { status: 502, body: '<html>' })
  assert.deepEqual(await answering(200, []).request(get), { status: 200, body: '' })
})

test('how long the server asks us to wait is part of the answer, if it is a number of seconds', async () => {
  assert.equal((await answering(429, ['{}'], '7').request(get)).retryAfterSeconds, 7)
  assert.equal((await answering(429, ['{}'], 'Wed, 21 Oct 2026 07:28:00 GMT').request(get)).retryAfterSeconds, undefined)
})

test('why a call was refused is told in words, whoever refused it', () => {
  const status = { kind: 'Status', reason: 'Forbidden', message: 'services is forbidden' }
  assert.deepEqual(statusOf({ status: 403, body: status }), { code: 403, reason: 'Forbidden', message: 'services is forbidden' })
  assert.deepEqual(statusOf({ status: 404, body: '404 page not found\n' }), { code: 404, message: '404 page not found' })
  assert.deepEqual(statusOf({ status: 503, body: {} }), { code: 503, message: 'HTTP 503' })
})

test('a watch says that it is open, and then what comes', async () => {
  const object = { metadata: { name: 'a', resourceVersion: '1' } }
  const line = JSON.stringify({ type: 'ADDED', object })
  const events = await watched(answering(200, [line.slice(0, 10), `${line.slice(10)}\n${line}\n`]))
  assert.deepEqual(events, [{ type: 'OPEN' }, { type: 'ADDED', object }, { type: 'ADDED', object }])
})

test('a watch that is refused is one ERROR with the HTTP status, whoever refused it', async () => {
  assert.deepEqual(await watched(answering(410, ['{"reason":"Expired","message":"too old"}'])), [
    { type: 'ERROR', object: { code: 410, reason: 'Expired', message: 'too old' } },
  ])
  assert.deepEqual(await watched(answering(502, ['bad gateway'])), [{ type: 'ERROR', object: { code: 502, message: 'bad gateway' } }])
})

test('what is no watch event, or a line without end, breaks the watch, not the process', async () => {
  await assert.rejects(watched(answering(200, ['{"kind":"Status"}\n'])), problem('malformed', /no watch event: \{"kind"/))
  await assert.rejects(watched(answering(200, ['not json\n'])), problem('malformed'))
  const endless = 'x'.repeat(1 << 20)
  await assert.rejects(
    watched(
      answering(
        200,
        Array.from({ length: 17 }, () => endless),
      ),
    ),
    problem('malformed', /longer than/),
  )
})

test('no call waits for ever: ten seconds, or as long as it says', async () => {
  for (const [call, millis] of [
    [get, 10_000],
    [{ ...get, timeoutMillis: 300 }, 300],
  ] as const) {
    const clock = new SimClock()
    const rejected = assert.rejects(
      over(hanging, clock).request(call),
      problem('timeout', new RegExp(`GET https://api:443/api/v1/services: no answer within ${millis / 1000} s`)),
    )
    clock.advance(millis - 1)
    await settle()
    clock.advance(1)
    await rejected
  }
})

test('the body counts, too: a server that sends half an answer does not hold us', async () => {
  const clock = new SimClock()
  const half: HttpTransport['open'] = async (_, signal) => {
    const body = new Readable({ read: () => {} })
    body.push('{"half":')
    signal.addEventListener('abort', () => body.destroy(new Error('aborted')))
    return { status: 200, retryAfter: undefined, body }
  }
  const rejected = assert.rejects(over(half, clock).request(get), problem('timeout'))
  await settle()
  clock.advance(10_000)
  await rejected
})

test('a watch must open in time, and may then last', async () => {
  const clock = new SimClock()
  const rejected = assert.rejects(watched(over(hanging, clock)), problem('timeout', /^watching https/))
  await settle()
  clock.advance(10_000)
  await rejected

  const body = new Readable({ read: () => {} })
  const open: HttpTransport['open'] = async (_, signal) => {
    signal.addEventListener('abort', () => body.destroy(new Error('aborted')))
    return { status: 200, retryAfter: undefined, body }
  }
  const events = watched(over(open, clock))
  await settle()
  clock.advance(3_600_000)
  body.push(null)
  assert.deepEqual(await events, [{ type: 'OPEN' }])
})

test('a call that has ended leaves nothing behind that would end it again', async () => {
  const clock = new SimClock()
  const signals: AbortSignal[] = []
  const api = over(async (_, signal) => {
    signals.push(signal)
    return exchange(200, [])
  }, clock)
  const caller = new AbortController()
  await api.request({ ...get, signal: caller.signal })
  await watched(api)
  clock.advance(60_000)
  caller.abort()
  await api.close()
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [false, false],
  )
})

test('closing ends what is under way and refuses what comes after', async () => {
  const api = over(hanging)
  const rejected = assert.rejects(api.request(get), problem('aborted'))
  await api.close()
  await rejected
  await assert.rejects(api.request(get), problem('aborted'))
})

test('why nothing came is told in words, with what to look at, however deep the client has wrapped it', async () => {
  const code = (code: string, more: object = {}): Error => Object.assign(new Error('m'), { code, ...more })
  const cases: readonly (readonly [Error, Unreachable, RegExp])[] = [
    [code('ECONNREFUSED'), 'not-connected', /is the API server running\?/],
    [new AggregateError([code('ECONNREFUSED'), code('ENETUNREACH')]), 'not-connected', /is the API server running\?/],
    [new TypeError('fetch failed', { cause: code('CERT_HAS_EXPIRED') }), 'not-connected', /certificate has expired/],
    [code('DEPTH_ZERO_SELF_SIGNED_CERT'), 'not-connected', /not signed by the CA/],
    [code('ENOENT'), 'not-connected', /file with our credentials is missing/],
    [code('ECONNRESET'), 'broken', /the connection broke \(ECONNRESET: m\)/],
    [new Error('other side closed'), 'broken', /other side closed/],
  ]
  for (const [error, expected, words] of cases) {
    await assert.rejects(over(() => Promise.reject(error)).request(get), problem(expected, words))
  }
})
