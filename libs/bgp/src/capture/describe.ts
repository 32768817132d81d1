import type { Family } from '@loadstone/ip'
import { decodeExactly, WireError } from '@loadstone/wire'
import { nameOf, notifications } from '../message/error-codes'
import type { BgpMessage } from '../message/frame'
import { decodeNotification, type NotificationMessage, reasonOf } from '../message/notification'
import { openMessage } from '../message/open'
import { decodeRefresh, type RefreshMessage } from '../message/route-refresh'
import { attributeTypes } from '../message/update/attribute'
import type { Update } from '../message/update/update'
import { decodeUpdate, type Reset, type UpdateDecoderInput } from '../message/update/update-decoder'
import { type PeerOpen, peerOpenOf } from '../session/peer-open'

/** One message as an object for programs. */
export type DescribedMessage =
  | ({ readonly type: 'OPEN' } & PeerOpen)
  | ({ readonly type: 'UPDATE' } & Update)
  | ({ readonly type: 'NOTIFICATION'; readonly name: string; readonly reason?: string } & NotificationMessage)
  | { readonly type: 'KEEPALIVE' }
  | ({ readonly type: 'ROUTE-REFRESH' } & RefreshMessage)
  | { readonly type: 'OPEN' | 'UPDATE'; readonly malformed: string; readonly octets: Uint8Array }

/** How the UPDATEs of a stream are to be read. `internal` is undefined where no OPEN tells it. */
export type Reading = Omit<UpdateDecoderInput, 'disabled' | 'internal'> & { readonly internal?: boolean }
const usual: Reading = { fourOctetAs: true, families: ['ipv4', 'ipv6'], extendedNextHop: true, addPathReceive: [] }

/** What the two ends have agreed on: `sender` says these UPDATEs, `receiver` the other end. Unless both spoke, what is usual today is assumed. */
export function readingOf(sender: PeerOpen | undefined, receiver: PeerOpen | undefined): Reading {
  if (sender === undefined || receiver === undefined) return usual
  const can = (offer: PeerOpen, family: Family, way: string): boolean => offer.addPath[family] === way || offer.addPath[family] === 'both'
  return {
    ...usual,
    internal: sender.as === receiver.as,
    fourOctetAs: sender.fourOctetAs && receiver.fourOctetAs,
    addPathReceive: usual.families.filter((family) => can(sender, family, 'send') && can(receiver, family, 'receive')),
  }
}

/** The first OPEN among messages, if it can be read. */
export function openOf(messages: readonly BgpMessage[]): PeerOpen | undefined {
  const open = messages.find(({ kind }) => kind === 'open')
  return open === undefined ? undefined : peerOpenIn(open.body)
}

function peerOpenIn(body: Uint8Array): PeerOpen | undefined {
  try {
    return peerOpenOf(decodeExactly(openMessage, body, 'OPEN'))
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}

export function describe({ kind, body }: BgpMessage, reading: Reading = usual): DescribedMessage {
  switch (kind) {
    case 'open': {
      const offer = peerOpenIn(body)
      return offer === undefined ? { type: 'OPEN', malformed: 'OPEN Message Error', octets: body } : { type: 'OPEN', ...offer }
    }
    case 'update':
      return describeUpdate(body, reading)
    case 'notification': {
      const message = decodeNotification(body)
      const reason = reasonOf(message)
      return { type: 'NOTIFICATION', name: nameOf(message.code, message.subcode), ...message, ...(reason === undefined ? {} : { reason }) }
    }
    case 'keepalive':
      return { type: 'KEEPALIVE' }
    case 'refresh':
      return { type: 'ROUTE-REFRESH', ...decodeRefresh(body) }
  }
}

function describeUpdate(body: Uint8Array, { internal, ...reading }: Reading): DescribedMessage {
  const read = (inside: boolean): Update | Reset => decodeUpdate(body, { ...reading, internal: inside, disabled: new Set<Family>() })
  const update = read(internal ?? saysLocalPref(read(true)))
  if (!('reset' in update)) return { type: 'UPDATE', ...update }
  const { code, subcode } = notifications[update.reset.name]
  return { type: 'UPDATE', malformed: nameOf(code, subcode), octets: body }
}

/** Inside an AS, routes come with LOCAL_PREF, and only there (RFC 4271 §5.1.5). */
const saysLocalPref = (update: Update | Reset): boolean =>
  !('reset' in update) && !update.faults.some(({ attribute }) => attribute === attributeTypes.localPref)
