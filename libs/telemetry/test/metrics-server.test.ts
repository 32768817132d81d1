import assert from 'node:assert/strict'
import { request } from 'node:http'
import { createConnection, createServer, type Server } from 'node:net'
import { afterEach, describe, test } from '@jest/globals'
import { SimClock } from '@loadstone/sim'
import { MetricsServer } from '../src/metrics-server'

const clock = new SimClock()
const opened: (MetricsServer | Server)[] = []
afterEach(() => {
  for (const one of opened.splice(0)) one.close()
})

/** On a port of loopback that was free a moment ago. */
async function serve(text: () => string, port = 0): Promise<{ server: MetricsServer; port: number; problems: (string | undefined)[] }> {
  const free = port === 0 ? await freePort() : port
  const problems: (string | undefined)[] = []
  return new Promise((resolve) => {
    const onAttempt = (problem: string | undefined): void => {
      problems.push(problem)
      resolve({ server, port: free, problems })
    }
    const server = new MetricsServer({ host: '127.0.0.1', port: free, clock, text, onAttempt })
    opened.push(server)
    server.open()
  })
}

async function holding(port: number): Promise<Server> {
  const server = createServer()
  opened.push(server)
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)))
}
const portOf = (server: Server): number => (server.address() as { port: number }).port
const closed = (server: Server): Promise<unknown> => new Promise((resolve) => server.close(resolve))
async function freePort(): Promise<number> {
  const server = await holding(0)
  const port = portOf(server)
  await closed(server)
  return port
}

type Answer = { readonly status: number; readonly text: string; readonly type: string }
const ask = (port: number, path = '/metrics', method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const asking = request({ host: '127.0.0.1', port, path, method }, (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, type: response.headers['content-type'] ?? '' }))
    })
    asking.on('error', reject)
    asking.end()
  })

/** What comes back for these octets until the connection is closed. */
const raw = (port: number, octets: string): Promise<string> =>
  new Promise((resolve) => {
    let text = ''
    const socket = createConnection(port, '127.0.0.1', () => socket.write(octets))
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(text))
  })

describe('the metrics server', () => {
  test('answers GET /metrics in the text format of Prometheus, with or without a query', async () => {
    const { port } = await serve(() => 'é 1\n')
    const expected = { status: 200, text: 'é 1\n', type: 'text/plain; version=0.0.4; charset=utf-8' }
    assert.deepEqual(await ask(port), expected)
    assert.deepEqual(await ask(port, '/metrics?x=1'), expected)
    assert.equal((await ask(port, '/metrics', 'HEAD')).status, 200)
  })

  test('has nothing else, and takes nothing', async () => {
    const { port } = await serve(() => 'a 1\n')
    assert.equal((await ask(port, '/')).status, 404)
    assert.equal((await ask(port, '/metrics/secret')).status, 404)
    assert.equal((await ask(port, '/metrics', 'POST')).status, 405)
  })

  test('makes its answer at most once a second, however often it is asked', async () => {
    let made = 0
    const { port } = await serve(() => `a ${++made}\n`)
    const answers = [await ask(port), await ask(port)]
    clock.advance(1_000)
    answers.push(await ask(port))
    assert.deepEqual(
      answers.map(({ text }) => text),
      ['a 1\n', 'a 1\n', 'a 2\n'],
    )
  })

  test('a mistake in the making is an answer, not the end of the process', async () => {
    const { port } = await serve(() => {
      throw new Error('a bug')
    })
    assert.deepEqual(await ask(port), { status: 500, text: 'a bug\n', type: 'text/plain' })
  })

  test('waits until the port is free, and says what it waits for', async () => {
    const holder = await holding(0)
    const port = portOf(holder)
    const { problems } = await serve(() => 'a 1\n', port)
    assert.match(`${problems[0]}`, /EADDRINUSE/)
    await closed(holder)
    clock.advance(1_000)
    assert.equal((await ask(port)).text, 'a 1\n')
    assert.deepEqual(problems.slice(1), [undefined])
  })

  test('frees the port at once when closed, while clients are connected, and can be opened again', async () => {
    const { server, port } = await serve(() => 'a 1\n')
    const silent = raw(port, '')
    assert.equal((await ask(port)).status, 200)
    server.close()
    assert.equal(await silent, '')
    await closed(await holding(port))
    server.open()
    assert.equal((await ask(port)).status, 200)
  })

  test('that was closed while it waited for the port stays closed', async () => {
    const holder = await holding(0)
    const { server, problems } = await serve(() => 'a 1\n', portOf(holder))
    server.close()
    await closed(holder)
    clock.advance(5_000)
    await closed(await holding(0))
    assert.equal(problems.length, 1)
  })

  test('refuses a request with more than 8 KiB of headers', async () => {
    const { port } = await serve(() => 'a 1\n')
    const answer = await raw(port, `GET /metrics HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(9_000)}\r\n\r\n`)
    assert.match(answer, /^HTTP\/1\.1 431 /)
  })

  test('answers once a connection, and reads no body', async () => {
    const { port } = await serve(() => 'a 1\n')
    const two = 'GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(2)
    assert.equal((await raw(port, two)).match(/HTTP\/1\.1/g)?.length, 1)
    assert.match(await raw(port, 'GET /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000000\r\n\r\n'), /200 OK/)
  })

  test('holds sixteen connections and drops those beyond', async () => {
    const { port } = await serve(() => 'a 1\n')
    const sockets = Array.from({ length: 16 }, () => createConnection(port, '127.0.0.1'))
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    assert.equal(await raw(port, 'GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n'), '')
    for (const socket of sockets) socket.destroy()
  })
})
