import type { Mac } from '@loadstone/ip'
import { macToBytes } from '@loadstone/ip/bytes'
import { allNodes, allRouters, groupMac } from '../message/groups'
import { type NdpOption, optionType } from '../message/option'
import type { RouterAdvertisementFrame, RouterSolicitationFrame } from '../message/router'
import type { NdpInterface } from '../neighbour/answer'

const ethernet = { etherType: 0x86dd, padding: new Uint8Array() } as const
const unlabelled = { trafficClass: 0, flowLabel: 0 } as const
const sourceLinkLayer = (mac: Mac): readonly NdpOption[] => [{ type: optionType.sourceLinkLayer, value: macToBytes(mac) }]

/** RFC 4861 §6.3.7: whoever is a router here, say so now. */
export function routerSolicitation({ mac, linkLocal }: NdpInterface): RouterSolicitationFrame {
  return {
    ...ethernet,
    destination: groupMac(allRouters),
    source: mac,
    packet: { ...unlabelled, source: linkLocal, destination: allRouters, message: { options: sourceLinkLayer(mac) } },
  }
}

/**
 * RFC 4861 §6.2.3, of one that is no router to anybody: lifetime 0, so that no host takes it for a default router, and no word on
 * anything else. It says only that a BGP speaker is here, which is what unnumbered peers wait for.
 */
export function presence({ mac, linkLocal }: NdpInterface): RouterAdvertisementFrame {
  const silent = { hopLimit: 0, flags: { managed: 0, other: 0 }, lifetimeSeconds: 0, reachableMillis: 0, retransMillis: 0 }
  return {
    ...ethernet,
    destination: groupMac(allNodes),
    source: mac,
    packet: { ...unlabelled, source: linkLocal, destination: allNodes, message: { ...silent, options: sourceLinkLayer(mac) } },
  }
}

/** RFC 4861 §6.3.7: three, 4 s apart, until a router is heard. Deviates: no random delay before the first, since a session waits. */
export const solicitationDelaysMillis: readonly number[] = [0, 4_000, 8_000]

/** RFC 4861 §10, MIN_DELAY_BETWEEN_RAS. */
export const leastPresenceGapMillis = 3_000

/**
 * RFC 4861 §6.2.4: how long after one advertisement the next is due, `sent` being how many there were. While a router is `awaited`, which
 * may have forgotten us in a restart, as FRR does it for its own unnumbered peers, every 10 s; else the first three within 16 s, then
 * §6.2.1's 200 to 600 s. `random` is in [0, 1).
 */
export function presenceGapMillis(sent: number, awaited: boolean, random: number): number {
  if (awaited) return 7_500 + random * 2_500
  return sent < 3 ? 12_000 + random * 4_000 : 200_000 + random * 400_000
}
