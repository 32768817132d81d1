import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Ip, type Mac, parseIp, parseMac } from '@loadstone/ip'
import { macFromBytes } from '@loadstone/ip/bytes'
import type { AddressConflict, AddressRoles } from '@loadstone/ip/l2'
import { filters, openIpv6Groups, openPacketSocket, type PacketSocket } from '@loadstone/packet'
import { inNetns, ip, until, veth } from '@loadstone/packet/testing'
import { decodeExactly, encodeToBytes } from '@loadstone/wire'
import {
  advertisement,
  conflictIn,
  type NdpFrame,
  type NdpInterface,
  NdpResponder,
  ndpFrame,
  probe,
  solicitation,
  solicitedNodeGroup,
} from '../src'
import { presence, type RouterAdvertisementFrame, routerAdvertisementFrame } from '../src/routers'

/** Linux is the other side: `near` is the kernel's, with 2001:db8::1; on `far` we answer for 2001:db8::10. */
const address = parseIp('2001:db8::10') as Ip
const kernels = parseIp('2001:db8::1') as Ip
const answered: AddressRoles = new Map([[address, { as: 'owned' }]])

type Speaker = {
  readonly own: NdpInterface
  readonly heard: NdpFrame[]
  send(...frames: readonly NdpFrame[]): void
  say(frame: RouterAdvertisementFrame): void
  close(): void
}

async function speaker(roles: AddressRoles): Promise<Speaker> {
  const { far } = veth()
  ip(`addr add ${kernels}/64 dev near nodad`)
  await until('link-local addresses are usable', () => !ip('-6 addr show').includes('tentative'))
  const [link] = JSON.parse(ip('-j -6 addr show dev far')) as { addr_info: { local: string }[] }[]
  const own = { mac: macFromBytes(far.mac) as Mac, linkLocal: parseIp(link?.addr_info[0]?.local ?? '') as Ip }
  const responder = new NdpResponder(own)
  const groups = openIpv6Groups(far.index)
  for (const [announced, role] of roles) {
    responder.set(announced, role)
    groups.join(solicitedNodeGroup(announced))
  }
  const heard: NdpFrame[] = []
  const socket: PacketSocket = openPacketSocket({
    ifIndex: far.index,
    etherType: 0x86dd,
    filter: filters.ndp,
    onFrames: (frames) => {
      heard.push(...frames.map(({ bytes }) => decodeExactly(ndpFrame, bytes.slice(), 'ndp')))
      socket.send(frames.map(({ bytes }) => responder.answer(bytes)).filter((reply) => typeof reply !== 'string'))
    },
    onError: ({ error }) => assert.fail(error),
  })
  const send = (...frames: readonly NdpFrame[]): void => void socket.send(frames.map((frame) => encodeToBytes(ndpFrame, frame, 'ndp')))
  const say = (frame: RouterAdvertisementFrame): void => void socket.send([encodeToBytes(routerAdvertisementFrame, frame, 'ra')])
  const close = (): void => {
    socket.close()
    groups.close()
  }
  return { own, heard, send, say, close }
}

/** Makes Linux ask for our address. Nobody answers to ping; it is about the neighbour. */
const ping = async (): Promise<unknown> =>
  promisify(execFile)('ping', ['-6', '-c', '1', '-W', '1', '-I', 'near', address]).catch(() => undefined)
/** The MAC that Linux knows for our address. */
const known = (): string | undefined => /lladdr (\S+)/.exec(ip(`-6 neigh show ${address} dev near`))?.[1]
const owner = parseMac('02:00:5e:10:00:77') as Mac

inNetns('Linux asks for our address and learns the MAC of our interface', async () => {
  const { own, heard, close } = await speaker(answered)
  await ping()
  assert.equal(known(), own.mac)
  assert.equal(heard[0]?.packet.destination, solicitedNodeGroup(address))
  close()
})

inNetns('Linux learns nothing of an address that is not announced here', async () => {
  const { close } = await speaker(new Map([[address, { as: 'other-interface' }]]))
  await ping()
  assert.equal(known(), undefined)
  close()
})

inNetns('RFC 4861 §7.3: Linux confirms that we are still there by a solicitation to us alone', async () => {
  const { own, heard, close } = await speaker(answered)
  ip(`-6 neigh add ${address} lladdr ${own.mac} nud probe dev near`)
  await until('it has asked', () => heard.length > 0)
  assert.equal(heard[0]?.destination, own.mac)
  await until('it is satisfied', () => ip(`-6 neigh show ${address} dev near`).includes('REACHABLE'))
  close()
})

inNetns('RFC 4862 §5.4: Linux’s duplicate address detection finds our address in use', async () => {
  const { close } = await speaker(answered)
  ip(`addr add ${address}/64 dev near`)
  await until('the address failed', () => ip('-6 addr show dev near').includes('dadfailed'))
  close()
})

inNetns('an advertisement moves the address in Linux’s cache, as a takeover needs', async () => {
  const { own, send, close } = await speaker(answered)
  ip(`-6 neigh add ${address} lladdr ${owner} nud stale dev near`)
  send(advertisement({ source: own.mac, linkLocal: own.linkLocal }, address))
  await until('Linux knows the new MAC', () => known() === own.mac)
  close()
})

inNetns('our probe and our solicitation are answered by Linux, and the probe leaves no trace in its cache', async () => {
  const { own, heard, send, close } = await speaker(new Map())
  const announcer = { source: own.mac, linkLocal: own.linkLocal }
  ip('-6 neigh flush all')
  send(probe(own.mac, kernels))
  const advertised = (): readonly NdpFrame[] =>
    heard.filter(({ packet }) => packet.message.target === kernels && packet.message.type === 136)
  await until('the probe is answered', () => advertised().length === 1)
  assert.equal(ip('-6 neigh show dev near'), '')
  send(solicitation(announcer, kernels))
  await until('the solicitation is answered', () => advertised().length === 2)
  const [near] = JSON.parse(ip('-j link show near')) as readonly { readonly address: Mac }[]
  send(solicitation(announcer, kernels, near?.address))
  await until('the solicitation to it alone is answered', () => advertised().length === 3)
  assert.deepEqual(
    advertised().map(({ packet }) => [packet.destination, packet.message.flags.solicited]),
    [
      ['ff02::1', 0],
      [own.linkLocal, 1],
      [own.linkLocal, 1],
    ],
  )
  close()
})

inNetns('RFC 4862 §5.4.4: a kernel that was given our address without detection is found out when it is asked', async () => {
  const { own, heard, send, close } = await speaker(answered)
  const conflicts = (): readonly AddressConflict[] => heard.flatMap((frame) => conflictIn(frame, own.mac, answered) ?? [])
  assert.deepEqual(conflicts(), [])
  ip(`addr add ${address}/64 dev near nodad`)
  // The kernel joins the group of a new address a moment later, and receives no solicitation before.
  await until('it listens', () => ip('-6 maddr show dev near').includes(solicitedNodeGroup(address)))
  send(solicitation({ source: own.mac, linkLocal: own.linkLocal }, address))
  await until('it answers', () => conflicts().length > 0)
  const [link] = JSON.parse(ip('-j link show near')) as readonly { readonly address: Mac }[]
  assert.deepEqual(conflicts()[0], { ip: address, mac: link?.address })
  close()
})

inNetns('Linux hears that we are here, and takes us for no default router', async () => {
  const { own, say, close } = await speaker(new Map())
  const knows = (): string => ip('-6 neigh show dev near')
  const defaultRoute = (): string => ip('-6 route show default')
  say(presence(own))
  await until('it knows us', () => knows().includes(`${own.linkLocal} lladdr ${own.mac} router`))
  assert.equal(defaultRoute(), '')
  const { packet, ...frame } = presence(own) // and had we said a lifetime, it would have
  say({ ...frame, packet: { ...packet, message: { ...packet.message, lifetimeSeconds: 30 } } })
  await until('we are its default router', () => defaultRoute().includes(`via ${own.linkLocal}`))
  say(presence(own))
  await until('and no longer', () => defaultRoute() === '')
  close()
})
