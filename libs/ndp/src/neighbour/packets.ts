import type { Ip, Mac } from '@loadstone/ip'
import { macToBytes } from '@loadstone/ip/bytes'
import { allNodes, groupMac, solicitedNodeGroup } from '../message/groups'
import { claimedMac, type NdpFrame, type NdpMessage, type, unspecified } from '../message/neighbour'
import { optionType } from '../message/option'

/**
 * Who answers for an address: `mac`, by default the interface itself. `source` and `linkLocal` are the interface's own: switches learn from
 * the former, and RFC 4861 §4.4 wants an address of the interface as the latter.
 */
export type NdpAnnouncer = { readonly source: Mac; readonly linkLocal: Ip; readonly mac?: Mac }

const ethernet = { etherType: 0x86dd, padding: new Uint8Array() } as const
const unlabelled = { trafficClass: 0, flowLabel: 0 } as const
const noFlags = { router: 0, solicited: 0, override: 0 } as const
const linkLayer = (code: number, mac: Mac): NdpMessage['options'] => [{ type: code, value: macToBytes(mac) }]

/** RFC 4861 §7.2.6: an unsolicited advertisement of `ip` to all nodes, which replaces what their caches hold. */
export function advertisement({ source, linkLocal, mac = source }: NdpAnnouncer, ip: Ip): NdpFrame {
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

/** RFC 4862 §5.4.2: a probe for `ip`, from the unspecified address, so that no cache changes. */
export function probe(source: Mac, ip: Ip): NdpFrame {
  const group = solicitedNodeGroup(ip)
  const message = { type: type.solicitation, flags: noFlags, target: ip, options: [] }
  return { ...ethernet, destination: groupMac(group), source, packet: { ...unlabelled, source: unspecified, destination: group, message } }
}

/** RFC 4861 §7.2.2: a solicitation for `ip`, multicast or to the one station `of`: its answer shows that it still answers for `ip`. */
export function solicitation({ source, linkLocal }: NdpAnnouncer, ip: Ip, of?: Mac): NdpFrame {
  const group = solicitedNodeGroup(ip)
  const message = { type: type.solicitation, flags: noFlags, target: ip, options: linkLayer(optionType.sourceLinkLayer, source) }
  const destination = of === undefined ? group : ip
  return { ...ethernet, destination: of ?? groupMac(group), source, packet: { ...unlabelled, source: linkLocal, destination, message } }
}

/**
 * RFC 4861 §7.2.4: to the solicitation's source, or to all nodes if that is unspecified. The link-layer option is always there: only an
 * answer to a unicast solicitation may omit it. Override is set, since no other station answers for the address.
 */
export function replyTo(solicited: NdpFrame, { source, linkLocal, mac = source }: NdpAnnouncer): NdpFrame {
  const { source: asker, message } = solicited.packet
  const nobody = asker === unspecified
  return {
    ...ethernet,
    destination: nobody ? groupMac(allNodes) : claimedMac(solicited),
    source,
    packet: {
      ...unlabelled,
      source: linkLocal,
      destination: nobody ? allNodes : asker,
      message: stating(message.target, mac, { router: 0, solicited: nobody ? 0 : 1, override: 1 }),
    },
  }
}
