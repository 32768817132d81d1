import { type Family, familyOf, type Ip, isLinkLocal, parseIp } from '@loadstone/ip'
import type { Listened } from 'bgp-js'

/** One socket, and the sessions it takes connections for. */
export type Place<P> = { readonly family: Family; readonly interface?: string; readonly peers: readonly P[] }

/**
 * Where routers may connect to, for the sessions that are held: one place for all of a family, one for each VRF and each unnumbered link.
 * Linux refuses a link's own socket beside the one for all of IPv6, so where there is that one, it serves unnumbered sessions as well.
 * Nothing in a connection tells apart sessions with one address, which differ in port or source address: they are left to our own dialling.
 */
export function listening<P extends Pick<Listened, 'options'>>(held: readonly P[]): readonly Place<P>[] {
  const sessions = held.flatMap((peer) => sessionOf(peer) ?? [])
  const told = sessions.filter((one) => sessions.every((other) => other === one || !isSameRouter(one, other)))
  const wide = told.some(({ address, device }) => device === undefined && familyOf(address) === 'ipv6')
  const places = new Map<string, Place<P>>()
  for (const { peer, address, device } of told) {
    const bound = wide && isLinkLocal(address) ? undefined : device
    const family = familyOf(address)
    const key = `${family} ${bound ?? ''}`
    const peers = [...(places.get(key)?.peers ?? []), peer]
    places.set(key, { family, ...(bound === undefined ? {} : { interface: bound }), peers })
  }
  return [...places.values()]
}

type Session<P> = { readonly peer: P; readonly address: Ip; readonly device: string | undefined }

function sessionOf<P extends Pick<Listened, 'options'>>(peer: P): Session<P> | undefined {
  const address = parseIp(peer.options.address)
  return address === undefined ? undefined : { peer, address, device: peer.options.interface }
}

const isSameRouter = (a: Session<unknown>, b: Session<unknown>): boolean => a.address === b.address && a.device === b.device
