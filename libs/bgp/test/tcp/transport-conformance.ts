import assert from 'node:assert/strict'
import type { Ip } from '@loadstone/ip'
import type { Connection, ConnectionListener, TcpTransport } from '../../src/tcp/transport'

type TcpTransportUnderTest = {
  /** Of the end that dials, and of the one that listens at `far`. */
  readonly near: TcpTransport
  readonly far: TcpTransport
  readonly at: { readonly near: Ip; readonly far: Ip }
  /** Lets time pass until it is so, or fails. */
  readonly until: (what: string, holds: () => boolean) => Promise<void>
  /** Lets time pass for everything under way to arrive. */
  readonly rest: () => Promise<void>
}

const port = 1790

/** The contract of TcpTransport, for TCP and its simulation. Without Jest, because one side runs in a network namespace. */
export const transportPromises: Readonly<Record<string, (where: TcpTransportUnderTest) => Promise<void>>> = {
  'both ends hear of a connection, with their addresses, and never from within the call': async (w) => {
    const { near, far } = await connected(w)
    assert.deepEqual(near.log, [`up ${w.at.near} ${w.at.far}`])
    assert.deepEqual(far.log, [`up ${w.at.far} ${w.at.near}`])
  },

  'what is sent arrives whole and in order, both ways, and what is written to the octets afterwards does not count': async (w) => {
    const { near, far } = await connected(w)
    const octets = Buffer.from('one')
    assert.equal(near.line.send(octets), true)
    await w.until('the first arrives', () => far.text() === 'one')
    octets.fill(0)
    for (const word of ['two', 'three']) near.line.send(Buffer.from(word))
    far.line.send(Buffer.from('answer'))
    await w.until('all has arrived', () => far.text() === 'onetwothree' && near.text() === 'answer')
    assert.equal(near.line.waiting(), false)
  },

  'what was sent before close() arrives before the end; who hung up hears nothing more, and its promise resolves': async (w) => {
    const { near, far } = await connected(w)
    near.line.send(Buffer.from('bye'))
    const gone = near.line.close()
    await w.until('the end', () => far.log.includes('down closed'))
    assert.equal(far.text(), 'bye')
    assert.equal(far.log.at(-1), 'down closed')
    await Promise.all([gone, w.rest()])
    assert.equal(near.log.length, 1)
    await near.line.close()
  },

  'nothing is sent after the end, and nobody minds': async (w) => {
    const { near, far } = await connected(w)
    void near.line.close()
    await w.until('the end', () => far.log.includes('down closed'))
    far.line.send(Buffer.from('late'))
    near.line.send(Buffer.from('late'))
    await w.rest()
    assert.deepEqual([near.text(), near.log.length, far.log.length], ['', 1, 2])
    await far.line.close()
  },

  'where nobody listens a dial is refused, later than the call': async (w) => {
    const near = end()
    near.is(w.near.connect({ address: w.at.far, port }, near.listener))
    assert.deepEqual(near.log, [])
    await w.until('the refusal', () => near.log.length > 0)
    assert.deepEqual(near.log, ['down ECONNREFUSED'])
  },

  'a dial that is hung up before it is through comes to nothing': async (w) => {
    const far = end()
    const near = end()
    await listen(w, far)
    near.is(w.near.connect({ address: w.at.far, port }, near.listener))
    await Promise.all([near.line.close(), w.rest()])
    assert.deepEqual(near.log, [])
    assert.ok(far.log.length === 0 || far.log.at(-1)?.startsWith('down') === true, far.log.join())
  },

  'a connection that is not accepted ends for who dialled it': async (w) => {
    await w.far.listen({ address: w.at.far, port, md5: [] }, () => undefined)
    const near = end()
    near.is(w.near.connect({ address: w.at.far, port }, near.listener))
    await w.until('the end', () => near.log.at(-1)?.startsWith('down') === true)
    assert.deepEqual(near.log, [`up ${w.at.near} ${w.at.far}`, 'down closed'])
  },

  'who stops listening keeps what it has taken, and takes no more; another may listen there at once': async (w) => {
    const { near, far, stop } = await connected(w)
    await stop()
    near.line.send(Buffer.from('still'))
    await w.until('it arrives', () => far.text() === 'still')
    const late = end()
    late.is(w.near.connect({ address: w.at.far, port }, late.listener))
    await w.until('the refusal', () => late.log.length > 0)
    assert.deepEqual(late.log, ['down ECONNREFUSED'])
    await listen(w, end())
  },

  'who sends more than there is room for is asked to hold back, told of room, and everything arrives': async (w) => {
    const { near, far } = await connected(w)
    const chunk = new Uint8Array(65_536)
    let sent = 0
    for (let room = true; room && sent < 64; sent++) room = near.line.send(chunk)
    assert.ok(sent < 64, 'it was never asked to hold back')
    assert.ok(!near.log.includes('drained'), 'never from within the call')
    await w.until('word of room', () => near.log.includes('drained'))
    await w.until('all has arrived', () => far.octets() === sent * chunk.length)
    assert.ok(near.taken() > 0)
    assert.equal(near.line.waiting(), false)
  },
}

/** One end of a connection, and what it heard. */
function end() {
  const log: string[] = []
  const received: Uint8Array[] = []
  let line: Connection | undefined
  let taken = 0
  const listener: ConnectionListener = {
    onUp: (local, remote) => void log.push(`up ${local} ${remote}`),
    onBytes: (bytes) => void received.push(Uint8Array.from(bytes)),
    onDrained: () => void (log.includes('drained') || log.push('drained')),
    onWritten: () => void taken++,
    onDown: ({ code }) => void log.push(`down ${code}`),
  }
  return {
    log,
    listener,
    is: (its: Connection) => {
      line = its
    },
    get line(): Connection {
      assert.ok(line !== undefined)
      return line
    },
    taken: () => taken,
    text: () => Buffer.concat(received).toString(),
    octets: () => received.reduce((sum, { length }) => sum + length, 0),
  }
}
type End = ReturnType<typeof end>

const listen = (w: TcpTransportUnderTest, far: End): Promise<() => Promise<void>> =>
  w.far.listen({ address: w.at.far, port, md5: [] }, (line, remote) => {
    assert.equal(remote, w.at.near)
    far.is(line)
    return far.listener
  })

async function connected(w: TcpTransportUnderTest): Promise<{ readonly near: End; readonly far: End; readonly stop: () => Promise<void> }> {
  const [near, far] = [end(), end()]
  const stop = await listen(w, far)
  near.is(w.near.connect({ address: w.at.far, port }, near.listener))
  assert.deepEqual(near.log, [], 'nothing from within the call')
  await w.until('both ends are up', () => near.log.length > 0 && far.log.length > 0)
  return { near, far, stop }
}
