import { type Mac, parseMac } from '@loadstone/ip'
import { advertisement, type NdpFrame, ndpFrame, solicitation } from '@loadstone/ndp'
import { SimClock } from '@loadstone/sim'
import { decodeExactly, encodeToBytes } from '@loadstone/wire'
import { announcements, arpFrame, request } from 'arp-ts'
import type { AddressGroup, WorkerEvent } from '../../src/messages/messages'
import { L2Interfaces } from '../../src/worker/l2-interfaces'
import type { LinkState } from '../../src/worker/links'
import { ip } from '../builders'
import { simSockets } from './sim-sockets'

export const mac = (last: string): Mac => parseMac(`02:00:5e:10:00:${last}`)!
export const linkLocal = { ip: ip('fe80::5'), length: 64, scope: 'link', tentative: false }
export const link = (name: string, more: Partial<LinkState> = {}): LinkState => ({
  index: Number(name.slice(3)) + 2,
  name,
  mac: mac(`0${name.slice(3)}`),
  up: true,
  running: true,
  flags: { broadcast: true, loopback: false, noArp: false },
  addresses: [linkLocal],
  ...more,
})
export const arp = (frame: Uint8Array) => decodeExactly(arpFrame, frame, 'arp')
export const ndp = (frame: Uint8Array): NdpFrame => decodeExactly(ndpFrame, frame, 'ndp')

/** L2Interfaces whose sockets keep the frames they are given to send. `snapshot` takes texts of addresses separated by spaces. */
export function world(links: readonly LinkState[] = [link('eth0')]) {
  const clock = new SimClock()
  const posted: WorkerEvent[] = []
  const { sent, sockets, memberships, refused, kernel, open } = simSockets()
  const l2 = new L2Interfaces({ clock, post: (message) => posted.push(message), open })
  l2.links(links)
  let serial = 0
  const snapshot = (groups: readonly (string | AddressGroup)[], excludeInterfaces: readonly string[] = []) =>
    l2.reconcile({
      is: 'snapshot',
      serial: ++serial,
      groups: groups.map((one) => (typeof one === 'string' ? { addresses: one.split(' ').map(ip) } : one)),
      excludeInterfaces,
    })
  /** What was sent since it was last asked. */
  const drain = () => sent.splice(0)
  /** One gratuitous request, or one unsolicited advertisement, is one announcement. */
  const announced = () =>
    drain().flatMap(({ on, family, frame }) => {
      if (family === 'ipv6') return [`${on} ${ndp(frame).packet.message.target}`]
      const { senderIp, targetIp, operation } = arp(frame)
      return senderIp === targetIp && operation === 1 ? [`${on} ${senderIp}`] : []
    })
  const asks = (on: string, target: string) => {
    drain()
    const frame = encodeToBytes(arpFrame, request(mac('99'), ip('192.0.2.99'), ip(target)), 'arp')
    sockets.get(`${on} ipv4`)?.frames([frame])
    return drain().map((one) => `${arp(one.frame).senderIp} is at ${arp(one.frame).senderMac}`)
  }
  const solicits = (on: string, target: string) => {
    drain()
    const frame = encodeToBytes(ndpFrame, solicitation({ source: mac('99'), linkLocal: ip('fe80::99') }, ip(target)), 'ndp')
    sockets.get(`${on} ipv6`)?.frames([frame])
    return drain().map((one) => `${ndp(one.frame).packet.message.target} is at ${ndp(one.frame).source}`)
  }
  /** Somebody announces an address. */
  const hears = (on: string, address: string, from: Mac) => {
    const frames = address.includes(':')
      ? [encodeToBytes(ndpFrame, advertisement({ source: from, linkLocal: ip('fe80::99') }, ip(address)), 'ndp')]
      : announcements({ source: from }, ip(address)).map((frame) => encodeToBytes(arpFrame, frame, 'arp'))
    for (const frame of frames) sockets.get(`${on} ${address.includes(':') ? 'ipv6' : 'ipv4'}`)?.frames([frame])
  }
  const of = <K extends WorkerEvent['is']>(is: K) =>
    posted.filter((message): message is Extract<WorkerEvent, { is: K }> => message.is === is)
  return { clock, l2, snapshot, drain, announced, asks, solicits, hears, of, refused, sockets, memberships, kernel }
}
