import { type Ip, type Mac, macToBytes } from '@loadstone/ip'
import { type NdpFrame, type NdpMessage, speaksFor, type, unspecified } from './frame'
import { allNodes, groupMac, solicitedNodeGroup } from './groups'
import { optionType } from './option'

/**
 * Who says so. `source` and `linkLocal` are the interface's own: switches learn from the one, and RFC 4861 §4.4 wants an address of the
 * interface as the other. `mac` is who answers for the address, the interface itself unless it stands in for another.
 */
export type Announcer = { readonly source: Mac; readonly linkLocal: Ip; readonly mac?: Mac }

const ethernet = { etherType: 0x86dd, padding: new Uint8Array() } as const
const unlabelled = { trafficClass: 0, flowLabel: 0 } as const
const noFlags = { router: 0, solicited: 0, override: 0 } as const
const linkLayer = (code: number, mac: Mac): NdpMessage['options'] => [{ type: code, value: macToBytes(mac) }]

/** RFC 4861 §7.2.6: that `ip` is at our MAC, to everybody, in place of what they knew. */
export function advertisement({ source, linkLocal, mac = source }: Announcer, ip: Ip): NdpFrame {
  return {
    ...ethernet,
    destination: groupMac(allNodes),
    source,
    packet: { ...unlabelled, source: linkLocal, destination: allNodes, message: stating(ip, mac, { ...noFlags, override: 1 }) },
  }
}

const stating = (target: Ip, mac: Mac, flags: NdpMessage['flags']): NdpMessage => ({
  type: type.advertisement,
  flags,
  target,
  options: linkLayer(optionType.targetLinkLayer, mac),
})

/** RFC 4862 §5.4.2: is anybody using `ip`? From nobody, so that no cache is touched. */
export function probe(source: Mac, ip: Ip): NdpFrame {
  const group = solicitedNodeGroup(ip)
  const message = { type: type.solicitation, flags: noFlags, target: ip, options: [] }
  return { ...ethernet, destination: groupMac(group), source, packet: { ...unlabelled, source: unspecified, destination: group, message } }
}

/** RFC 4861 §7.2.2: who has `ip`? Asked of one station when `of` is given: its answer shows that it is alive and still answers for `ip`. */
export function question({ source, linkLocal }: Announcer, ip: Ip, of?: Mac): NdpFrame {
  const group = solicitedNodeGroup(ip)
  const message = { type: type.solicitation, flags: noFlags, target: ip, options: linkLayer(optionType.sourceLinkLayer, source) }
  const destination = of === undefined ? group : ip
  return { ...ethernet, destination: of ?? groupMac(group), source, packet: { ...unlabelled, source: linkLocal, destination, message } }
}

/**
 * RFC 4861 §7.2.4: to the one who asked, or to all when nobody did. The link-layer address is always told: only an answer to a unicast
 * question may leave it out. Override: nobody else answers for the address.
 */
export function replyTo(asked: NdpFrame, { source, linkLocal, mac = source }: Announcer): NdpFrame {
  const { source: asker, message } = asked.packet
  const nobody = asker === unspecified
  return {
    ...ethernet,
    destination: nobody ? groupMac(allNodes) : speaksFor(asked),
    source,
    packet: {
      ...unlabelled,
      source: linkLocal,
      destination: nobody ? allNodes : asker,
      message: stating(message.target, mac, { router: 0, solicited: nobody ? 0 : 1, override: 1 }),
    },
  }
}
