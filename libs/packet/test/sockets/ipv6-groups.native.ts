import assert from 'node:assert/strict'
import { type Ip, parseIp } from '@loadstone/ip'
import { ipToBytes } from '@loadstone/ip/bytes'
import { openIpv6Groups } from '../../src'
import { inNetns, ip, until, veth } from '../../testing'
import { listenTo } from './frame-log'

const group = (low: number): Ip => parseIp(`ff02::1:ff${(low >> 16).toString(16).padStart(2, '0')}:${(low & 0xffff).toString(16)}`) as Ip
/** The groups of this file that `far` is in; that of its own address is ff02::1:ff10:b. */
const joined = (): number => ip('-6 maddr show dev far').match(/ff02::1:ff00:/g)?.length ?? 0

inNetns('a group is joined once and left with the last leave', () => {
  const groups = openIpv6Groups(veth().far.index)
  groups.join(group(1))
  groups.join(group(1))
  groups.join(group(2))
  assert.equal(joined(), 2)
  groups.leave(group(1))
  assert.equal(joined(), 2)
  groups.leave(group(1))
  groups.leave(group(1))
  assert.equal(joined(), 1)
  groups.close()
  assert.equal(joined(), 0)
})

inNetns('ten thousand groups: as many sockets as it takes', () => {
  const groups = openIpv6Groups(veth().far.index)
  for (let low = 0; low < 10_000; low++) groups.join(group(low))
  assert.equal(joined(), 10_000)
  for (let low = 0; low < 10_000; low++) groups.leave(group(low))
  assert.equal(joined(), 0)
  groups.close()
})

inNetns('a group stays joined while its interface goes down and comes up', async () => {
  const { far } = veth()
  const groups = openIpv6Groups(far.index)
  groups.join(group(1))
  ip('link set far down')
  ip('link set far up')
  await until('the interface listens again', () => ip('maddr show dev far').includes('33:33:ff:00:00:01'))
  groups.close()
})

inNetns('the network is told: a multicast listener report (RFC 3810) that names the group leaves the interface', async () => {
  const { near, far } = veth()
  await until('the link-local address is usable', () => !ip('-6 addr show dev far').includes('tentative'))
  const router = listenTo(near.index, { etherType: 0x86dd, filter: [] })
  router.joinGroup(Uint8Array.of(0x33, 0x33, 0, 0, 0, 0x16))
  const groups = openIpv6Groups(far.index)
  groups.join(group(0x1234))
  const named = (report: string): boolean => report.includes(Buffer.from(ipToBytes(group(0x1234))).toString('hex'))
  await until('the report arrived', () => router.frames.some(({ hex }) => named(hex)))
  groups.close()
  router.close()
})

inNetns('an interface that does not exist, or that has no IPv6, is refused and named', () => {
  const { far } = veth()
  assert.throws(() => openIpv6Groups(4_711).join(group(1)), { name: 'SocketError', code: 'ENODEV', message: /interface 4711/ })
  ip('link set far mtu 1000') // below 1,280 there is no IPv6
  assert.throws(() => openIpv6Groups(far.index).join(group(1)), { code: 'EINVAL' })
})
