import type { Family } from '@loadstone/ip'
import { decodeExactly, WireError } from '@loadstone/wire'
import { type Notification, notification } from '../message/error-codes'
import { type BgpMessage, framed } from '../message/frame'
import { decodeNotification } from '../message/notification'
import { openMessage } from '../message/open'
import { decodeRefresh, refreshSubtypes } from '../message/route-refresh'
import { decodeUpdate } from '../message/update/update-decoder'
import type { Event, State } from './fsm'
import { peerOpenOf } from './peer-open'

/** How UPDATEs are read before negotiation: any UPDATE is an error then, whatever it says. */
const plain = { internal: false, fourOctetAs: false, families: [], extendedNextHop: false, addPathReceive: [] }

/** The event of the state machine for a message. Never throws: a malformed message is an event as well. */
export function eventOf({ kind, body }: BgpMessage, state: State, disabled: ReadonlySet<Family>): Event {
  switch (kind) {
    case 'open':
      return readable(notification('openMessageError'), () => ({ is: 'open', open: peerOpenOf(decodeExactly(openMessage, body, 'OPEN')) }))
    case 'update': {
      const update = decodeUpdate(body, { ...('negotiated' in state ? state.negotiated : plain), disabled })
      return 'reset' in update ? { is: 'malformed', notification: update.reset } : { is: 'update', update }
    }
    case 'notification': {
      const message = decodeNotification(body)
      return { is: message.code === 2 && message.subcode === 1 ? 'version-refused' : 'notification', message }
    }
    case 'keepalive':
      return { is: 'keepalive' }
    case 'refresh':
      return refreshOf(body)
  }
}

/** RFC 7313 §5: of begin and end the length is known; a request may carry an ORF. */
function refreshOf(body: Uint8Array): Event {
  const refresh = decodeRefresh(body)
  const marks = refresh.subtype === refreshSubtypes.begin || refresh.subtype === refreshSubtypes.end
  if (marks && refresh.more.length > 0) {
    return { is: 'malformed', notification: notification('invalidRefreshLength', framed('refresh', body)) }
  }
  return { is: 'refresh', refresh }
}

function readable(otherwise: Notification, read: () => Event): Event {
  try {
    return read()
  } catch (error) {
    if (error instanceof WireError) return { is: 'malformed', notification: otherwise }
    throw error
  }
}
