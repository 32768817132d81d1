import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { filters } from '../../src'
import { inNetns, ip, until, veth } from '../../testing'
import { arpRequest, listenTo } from './frame-log'

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex')

inNetns('a frame sent on one end of a veth arrives on the other, whole, with the interface and how it was addressed', async () => {
  const { near, far } = veth()
  const [sender, receiver] = [listenTo(near.index), listenTo(far.index)]
  const frames = [arpRequest(), arpRequest({ to: hex(far.mac) })]
  assert.equal(sender.send(frames), 2)
  await until('two frames arrived', () => receiver.frames.length === 2)
  assert.deepEqual(
    receiver.frames.map(({ hex, ifIndex, packetType }) => ({ hex, ifIndex, packetType })),
    [
      { hex: hex(frames[0]!), ifIndex: far.index, packetType: 'broadcast' },
      { hex: hex(frames[1]!), ifIndex: far.index, packetType: 'host' },
    ],
  )
  sender.close()
  receiver.close()
})

inNetns('what this machine sends itself is not heard', async () => {
  const { near } = veth()
  const everyProtocol = { etherType: 3 }
  const [sender, filtered] = [listenTo(near.index, everyProtocol), listenTo(near.index, everyProtocol)]
  const witness = listenTo(near.index, { ...everyProtocol, filter: [{ size: 2, at: 12, is: [0x0806] }] })
  sender.send([arpRequest()])
  await until('a socket without that filter sees it leave', () => witness.frames.length > 0)
  assert.deepEqual(
    witness.frames.map(({ packetType }) => packetType),
    ['outgoing'],
  )
  assert.deepEqual([...filtered.frames, ...sender.frames], [])
  for (const socket of [sender, filtered, witness]) socket.close()
})

inNetns('the filter drops frames of another protocol, for another station and with another operation, in the kernel', async () => {
  const { near, far } = veth()
  const receiver = listenTo(far.index, { etherType: 3 })
  const sender = listenTo(near.index)
  const changed = (at: number, octet: number): Uint8Array => arpRequest().with(at, octet)
  const unwanted = [changed(13, 0x35), changed(15, 6), changed(17, 1), changed(18, 8), changed(19, 16), changed(21, 3)]
  sender.send([...unwanted, arpRequest({ to: '02005e1000ff' }), arpRequest().subarray(0, 21), arpRequest({ last: 99 })])
  await until('the last frame arrived', () => receiver.frames.length > 0)
  assert.deepEqual(
    receiver.frames.map(({ hex }) => hex),
    [hex(arpRequest({ last: 99 }))],
  )
  sender.close()
  receiver.close()
})

inNetns(
  'a frame of a VLAN that this machine does not have is not taken for an untagged one, although the kernel hands over the tag apart',
  async () => {
    const { near, far } = veth()
    const tagged = Uint8Array.from([...arpRequest().subarray(0, 12), 0x81, 0x00, 0x00, 0x05, ...arpRequest().subarray(12)])
    const [sender, receiver] = [listenTo(near.index), listenTo(far.index)]
    const careless = listenTo(far.index, { filter: filters.arp.slice(1) })
    sender.send([tagged, arpRequest({ last: 99 })])
    await until('both have arrived', () => careless.frames.length === 2 && receiver.frames.length > 0)
    assert.equal(careless.frames[0]?.packetType, 'other-host')
    assert.deepEqual(
      receiver.frames.map((frame) => frame.hex),
      [hex(arpRequest({ last: 99 }))],
    )
    for (const socket of [sender, receiver, careless]) socket.close()
  },
)

inNetns('a burst larger than a batch arrives complete and in order', async () => {
  const { near, far } = veth()
  const receiver = listenTo(far.index)
  const sender = listenTo(near.index)
  const frames = Array.from({ length: 200 }, (_, i) => arpRequest({ last: i }))
  assert.equal(sender.send(frames), 200)
  await until('200 frames arrived', () => receiver.frames.length >= 200)
  assert.deepEqual(
    receiver.frames.map((frame) => frame.hex),
    frames.map(hex),
  )
  assert.deepEqual(receiver.batches, [64, 64, 64, 8])
  sender.close()
  receiver.close()
})

inNetns('a link that goes down and comes up again is read on, and both are told apart from a failure', async () => {
  const { near, far } = veth()
  const receiver = listenTo(far.index)
  const sender = listenTo(near.index)
  ip('link set far down')
  await until('the loss is reported', () => receiver.problems.length === 1)
  assert.deepEqual(
    receiver.problems.map(({ problem, error }) => [problem, error.code]),
    [['link-down', 'ENETDOWN']],
  )
  assert.equal(receiver.send([arpRequest()]), 0)
  assert.deepEqual(
    receiver.problems.map(({ problem }) => problem),
    ['link-down', 'link-down'],
  )
  ip('link set far up')
  await until('a frame arrives', () => sender.send([arpRequest()]) >= 0 && receiver.frames.length > 0)
  sender.close()
  receiver.close()
})

inNetns('a socket opened on a link that is down hears it once it is up', async () => {
  const { near, far } = veth()
  ip('link set far down')
  const [sender, receiver] = [listenTo(near.index), listenTo(far.index)]
  await until('that is reported', () => receiver.problems[0]?.problem === 'link-down')
  ip('link set far up')
  await until('a frame arrives', () => sender.send([arpRequest()]) >= 0 && receiver.frames.length > 0)
  sender.close()
  receiver.close()
})

inNetns('an interface that is removed is reported, and sending on it says so', async () => {
  const { far } = veth()
  const socket = listenTo(far.index)
  ip('link del far')
  await until('the loss is reported', () => socket.problems.length === 1)
  assert.equal(socket.send([arpRequest()]), 0)
  assert.deepEqual(
    socket.problems.map(({ problem }) => problem),
    ['link-down', 'link-gone'],
  )
  socket.close()
})

inNetns('a frame longer than a slot is refused and reported, those before it are sent', async () => {
  const { near, far } = veth()
  const [sender, receiver] = [listenTo(near.index), listenTo(far.index)]
  assert.equal(sender.send([arpRequest(), new Uint8Array(2_000), arpRequest()]), 1)
  assert.deepEqual(
    sender.problems.map(({ problem, error }) => [problem, error.code]),
    [['failed', 'EMSGSIZE']],
  )
  await until('the first frame arrived', () => receiver.frames.length === 1)
  sender.close()
  receiver.close()
})

inNetns('opening on an interface that does not exist says so and leaves no descriptor open', () => {
  const before = readdirSync('/proc/self/fd').length
  assert.throws(() => listenTo(4_711), { name: 'SocketError', code: 'ENODEV', message: /interface 4711.*removed or renamed/ })
  assert.equal(readdirSync('/proc/self/fd').length, before)
})

inNetns('a multicast group is heard while joined and not after', async () => {
  const { near, far } = veth()
  const group = '3333ff000010'
  const everything = { etherType: 3, filter: [{ size: 2, at: 12, is: [0x0806] }] } as const
  const [sender, receiver] = [listenTo(near.index), listenTo(far.index, everything)]
  const membership = (): string => ip('maddr show dev far')
  assert.ok(!membership().includes('33:33:ff:00:00:10'))
  receiver.joinGroup(Buffer.from(group, 'hex'))
  assert.ok(membership().includes('33:33:ff:00:00:10'))
  sender.send([arpRequest({ to: group })])
  await until('the frame arrived', () => receiver.frames.length === 1)
  receiver.leaveGroup(Buffer.from(group, 'hex'))
  assert.ok(!membership().includes('33:33:ff:00:00:10'))
  assert.deepEqual(
    receiver.frames.map(({ packetType }) => packetType),
    ['multicast'],
  )
  sender.close()
  receiver.close()
})

inNetns('what the receive buffer could not hold is counted, once', async () => {
  const { near, far } = veth()
  const receiver = listenTo(far.index, { receiveBufferBytes: 4_096 })
  const sender = listenTo(near.index)
  sender.send(Array.from({ length: 500 }, () => arpRequest()))
  const lost = receiver.lost()
  assert.ok(lost > 400, `${lost} lost`)
  assert.equal(receiver.lost(), 0)
  await until('the rest arrived', () => receiver.frames.length === 500 - lost)
  sender.close()
  receiver.close()
})

inNetns('a closed socket sends nothing, loses nothing and may be closed again', () => {
  const socket = listenTo(veth().far.index)
  socket.close()
  socket.close()
  socket.joinGroup(Uint8Array.of(0x33, 0x33, 0xff, 0, 0, 1))
  assert.deepEqual([socket.send([arpRequest()]), socket.lost(), socket.problems], [0, 0, []])
})

inNetns('the filter for routers takes advertisements from link-local addresses that nobody forwarded, and nothing else', async () => {
  const { near, far } = veth()
  const receiver = listenTo(far.index, { etherType: 0x86dd, filter: filters.routers })
  const sender = listenTo(near.index)
  /** RFC 4861 §4.2, without options. */
  const advertisement = Buffer.from(
    `333300000001${hex(near.mac)}86dd6000000000103afffe800000000000000000000000000001ff02000000000000000000000000000186000000400000000000000000000000`,
    'hex',
  )
  const changed = (at: number, octet: number): Uint8Array => new Uint8Array(advertisement).with(at, octet)
  const toAnother = new Uint8Array(advertisement)
  toAnother.set([0x02, 0x00, 0x5e, 0x10, 0x00, 0xff])
  const unwanted = [changed(13, 0xd0), changed(20, 59), changed(21, 254), changed(22, 0x20), changed(54, 0x88), changed(55, 1)]
  sender.send([...unwanted, toAnother, advertisement.subarray(0, 54), changed(59, 0x40)])
  await until('the last frame arrived', () => receiver.frames.length > 0)
  assert.deepEqual(
    receiver.frames.map(({ hex }) => hex),
    [hex(changed(59, 0x40))],
  )
  sender.close()
  receiver.close()
})
