import type { Family } from '@loadstone/ip'
import { decodeExactly, encodeToBytes, rest, struct, u8, u16, type ValueOf } from '@loadstone/wire'
import { afis, unicast } from './family'

/** ROUTE-REFRESH, RFC 2918 §3; its reserved octet is RFC 7313 §3.2's subtype, and an ORF (RFC 5291) may follow, which we never agree on. */
const refreshMessage = struct({ afi: u16, subtype: u8, safi: u8, more: rest })
export type RefreshMessage = ValueOf<typeof refreshMessage>

/** RFC 7313 §3.2: the plain request, and the beginning and end of the answer. */
export const refreshSubtypes = { request: 0, begin: 1, end: 2 } as const

export const encodeRefresh = (family: Family, subtype: keyof typeof refreshSubtypes): Uint8Array =>
  encodeToBytes(
    refreshMessage,
    { afi: afis[family], subtype: refreshSubtypes[subtype], safi: unicast, more: new Uint8Array() },
    'ROUTE-REFRESH',
  )

export const decodeRefresh = (body: Uint8Array): RefreshMessage => decodeExactly(refreshMessage, body, 'ROUTE-REFRESH')

/** What the peer marks in its answer to a refresh, RFC 7313 §4. */
export const demarcationOf = ({ subtype }: RefreshMessage): 'begin' | 'end' | undefined => {
  if (subtype === refreshSubtypes.begin) return 'begin'
  return subtype === refreshSubtypes.end ? 'end' : undefined
}
