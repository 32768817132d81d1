import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { Ip } from '@loadstone/ip'
import { Listener, type ListenerOptions } from '../src/listener'
import type { AcceptConnection, Connection, TcpTransport } from '../src/tcp/transport'

const line: Connection = { send: () => true, waiting: () => false, close: () => Promise.resolve() }
const taking = { onUp: () => {}, onBytes: () => {}, onDrained: () => {}, onWritten: () => {}, onDown: () => {} }

/** Peers of one link-local address on two links, and a router that connects over a link. */
async function world(options: ListenerOptions, links: readonly string[]) {
  const taken: string[] = []
  const refused: string[] = []
  let accept: AcceptConnection = () => undefined
  const transport: TcpTransport = {
    connect: () => line,
    listen: async (_, given) => {
      accept = given
      return async () => {}
    },
  }
  const peers = links.map((link) => ({
    options: { address: 'fe80::1', interface: link, routerId: '192.0.2.1', localAs: 65001, peerAs: 65002 },
    accept: () => {
      taken.push(link)
      return taking
    },
  }))
  const listener = new Listener(options, peers, transport)
  listener.on('refused', ({ remote }) => void refused.push(remote))
  await listener.open()
  const connect = (link?: string) => accept(line, 'fe80::1' as Ip, link) !== undefined
  return { taken, refused, connect }
}

test('one socket for all links tells link-local peers apart by the link a connection came over', async () => {
  const { taken, refused, connect } = await world({}, ['eth1', 'eth2'])
  assert.deepEqual(['eth2', 'eth1', 'eth3', undefined].map(connect), [true, true, false, false])
  assert.deepEqual([taken, refused], [['eth2', 'eth1'], ['fe80::1', 'fe80::1']]) // biome-ignore format: one line
})

test('a socket that is bound to a link needs no word of it', async () => {
  const { taken, connect } = await world({ interface: 'eth1' }, ['eth1'])
  assert.deepEqual([connect(), taken], [true, ['eth1']])
})
