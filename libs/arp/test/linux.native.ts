import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type Ip, type Mac, parseIp, parseMac } from '@loadstone/ip'
import { macFromBytes } from '@loadstone/ip/bytes'
import type { AddressConflict, AddressRoles } from '@loadstone/ip/l2'
import { filters, openPacketSocket, type PacketSocket } from '@loadstone/packet'
import { inNetns, ip, until, veth } from '@loadstone/packet/testing'
import { decodeExactly, encodeToBytes } from '@loadstone/wire'
import { type ArpFrame, ArpResponder, announcements, arpFrame, conflictIn, probe, request } from '../src'

/** Linux is the other side: `near` is the kernel's, with 192.0.2.1; on `far`, which has no address, we answer for 192.0.2.10. */
const address = parseIp('192.0.2.10') as Ip
const kernels = parseIp('192.0.2.1') as Ip
const nobody = parseIp('0.0.0.0') as Ip
const answered: AddressRoles = new Map([[address, { as: 'owned' }]])

type Speaker = { readonly mac: Mac; readonly heard: ArpFrame[]; send(...frames: readonly ArpFrame[]): void; close(): void }

function speaker(roles: AddressRoles): Speaker {
  const { far } = veth()
  ip('addr add 192.0.2.1/24 dev near')
  const mac = macFromBytes(far.mac) as Mac
  const responder = new ArpResponder(mac)
  for (const [announced, role] of roles) responder.set(announced, role)
  const heard: ArpFrame[] = []
  const socket: PacketSocket = openPacketSocket({
    ifIndex: far.index,
    etherType: 0x0806,
    filter: filters.arp,
    onFrames: (frames) => {
      heard.push(...frames.map(({ bytes }) => decodeExactly(arpFrame, bytes.slice(), 'arp')))
      socket.send(frames.map(({ bytes }) => responder.answer(bytes)).filter((reply) => typeof reply !== 'string'))
    },
    onError: ({ error }) => assert.fail(error),
  })
  const send = (...frames: readonly ArpFrame[]): void => void socket.send(frames.map((frame) => encodeToBytes(arpFrame, frame, 'arp')))
  return { mac, heard, send, close: () => socket.close() }
}

/** Its output, whatever its exit code. */
async function arping(options: string): Promise<string> {
  const run = promisify(execFile)('arping', options.split(' '))
  return run.then(({ stdout }) => stdout).catch((error: { stdout?: string }) => error.stdout ?? String(error))
}

/** The MAC that Linux knows for our address. */
const known = (): string | undefined => /lladdr (\S+)/.exec(ip(`neigh show ${address} dev near`))?.[1]

inNetns('arping gets an answer from the MAC of our interface, and Linux remembers it', async () => {
  const { mac, close } = speaker(answered)
  assert.match(await arping(`-c 2 -w 3 -I near ${address}`), new RegExp(`reply from ${address} \\[${mac}\\]`, 'i'))
  await promisify(execFile)('ping', ['-c', '1', '-W', '1', address]).catch(() => 'nobody answers to ping')
  assert.equal(known(), mac)
  close()
})

inNetns('arping gets no answer for an address that is not announced here', async () => {
  const { close } = speaker(new Map([[address, { as: 'other-interface' }]]))
  assert.match(await arping(`-c 1 -w 1 -I near ${address}`), /Received 0 response/)
  close()
})

inNetns('RFC 5227 §2.1.1: duplicate address detection of another station finds our address in use', async () => {
  const { close } = speaker(answered)
  assert.match(await arping(`-D -c 2 -w 3 -I near ${address}`), /Received 1 response/)
  close()
})

inNetns('an announcement moves the address in Linux’s cache, as a takeover needs', async () => {
  const { mac, send, close } = speaker(answered)
  const owner = parseMac('02:00:5e:10:00:77') as Mac
  ip(`neigh add ${address} lladdr ${owner} nud stale dev near`)
  send(...announcements({ source: mac }, address))
  await until('Linux knows the new MAC', () => known() === mac)
  close()
})

for (const [form, which] of [
  ['request', 0],
  ['reply', 1],
] as const) {
  inNetns(`the gratuitous ${form} alone is heeded by Linux too`, async () => {
    const { mac, send, close } = speaker(answered)
    ip(`neigh add ${address} lladdr 02:00:5e:10:00:77 nud stale dev near`)
    send(announcements({ source: mac }, address)[which])
    await until('Linux knows the new MAC', () => known() === mac)
    close()
  })
}

inNetns('our probe and our request are answered by Linux, and the probe leaves no trace in its cache', async () => {
  const { mac, heard, send, close } = speaker(new Map())
  ip('neigh flush all')
  send(probe(mac, kernels))
  await until('the probe is answered', () => heard.length === 1)
  assert.equal(ip('neigh show dev near'), '')
  send(request(mac, address, kernels))
  await until('the request is answered', () => heard.length === 2)
  assert.deepEqual(
    heard.map(({ operation, senderIp, targetIp }) => ({ operation, senderIp, targetIp })),
    [
      { operation: 2, senderIp: kernels, targetIp: nobody },
      { operation: 2, senderIp: kernels, targetIp: address },
    ],
  )
  close()
})

inNetns('RFC 5227 §2.4: a kernel that was given our address is found out by its own announcement', async () => {
  const { mac, heard, close } = speaker(answered)
  const conflicts = (): readonly AddressConflict[] => heard.flatMap((frame) => conflictIn(frame, mac, answered) ?? [])
  assert.deepEqual(conflicts(), [])
  ip(`addr add ${address}/24 dev near`)
  await arping(`-U -c 1 -w 1 -I near ${address}`)
  const [link] = JSON.parse(ip('-j link show near')) as readonly { readonly address: Mac }[]
  assert.deepEqual(conflicts()[0], { ip: address, mac: link?.address })
  close()
})
