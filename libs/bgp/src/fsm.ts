import type { Config } from './config'
import type { Notification } from './errors'
import type { Agreed } from './events'
import { inActive, inConnect, inEstablished, inIdle, inOpenConfirm, inOpenSent } from './fsm-states'
import type { NotificationMessage } from './notification'
import type { Offer } from './offer'
import type { RefreshMessage } from './refresh'
import type { Loss } from './transport'
import type { Update } from './update'

/** Whether the DelayOpenTimer is running: TCP is up, and our OPEN waits for the peer's (RFC 4271 §8.1.1). */
export type Line = 'down' | 'delaying'

/** RFC 4271 §8.2.2. A state holds what is true only in it. */
export type State =
  | { readonly at: 'idle' }
  | { readonly at: 'connect'; readonly line: Line }
  | { readonly at: 'active'; readonly line: Line }
  | { readonly at: 'open-sent' }
  | { readonly at: 'open-confirm'; readonly agreed: Agreed }
  | { readonly at: 'established'; readonly agreed: Agreed }

/** Named after the events of RFC 4271 §8.1; the number is the event's number there. */
export type Event =
  | { readonly is: 'start'; readonly passive?: true } // 1, 3; 4 and 5 when passive, here or in the configuration
  | { readonly is: 'stop'; readonly notification?: Notification } // 2; without a NOTIFICATION when a restart must keep the routes
  | { readonly is: 'halt'; readonly notification: Notification } // 8
  | { readonly is: 'connect-retry-expired'; readonly suspicion?: string } // 9
  | { readonly is: 'hold-expired' } // 10
  | { readonly is: 'keepalive-due' } // 11
  | { readonly is: 'delay-open-expired' } // 12
  | { readonly is: 'idle-hold-expired' } // 13
  | { readonly is: 'tcp-up' } // 16, 17
  | { readonly is: 'tcp-down'; readonly loss: Loss } // 18
  | { readonly is: 'open'; readonly open: Offer } // 19, 20
  | { readonly is: 'malformed'; readonly notification: Notification } // 21, 22, 28
  | { readonly is: 'collision' } // 23
  | { readonly is: 'version-refused'; readonly message: NotificationMessage } // 24
  | { readonly is: 'notification'; readonly message: NotificationMessage } // 25
  | { readonly is: 'keepalive' } // 26
  | { readonly is: 'update'; readonly update: Update } // 27
  | { readonly is: 'refresh'; readonly refresh: RefreshMessage } // RFC 2918
  | { readonly is: 'send-hold-expired' } // 29, RFC 9687 §4.2
  | { readonly is: 'blocked' } // something we said waits, of all of it or of what is left: RFC 9687's timer runs from here
  | { readonly is: 'drained' } // nothing waits any more

export type Timer = 'connect-retry' | 'delay-open' | 'hold' | 'keepalive' | 'send-hold' | 'idle-hold'
export type Action =
  | { readonly do: 'dial' }
  | { readonly do: 'hang-up' }
  | { readonly do: 'send-open' }
  | { readonly do: 'send-keepalive' }
  | { readonly do: 'send-notification'; readonly notification: Notification }
  | { readonly do: 'arm'; readonly timer: Exclude<Timer, 'idle-hold'>; readonly seconds: number }
  /** Try again by itself after a while that depends on how often it failed (restartDelay). */
  | { readonly do: 'arm-restart' }
  | { readonly do: 'disarm'; readonly timer: Timer }
  | { readonly do: 'routes-up' }
  | { readonly do: 'routes-down' }
  | { readonly do: 'take-update'; readonly update: Update }
  | { readonly do: 'take-refresh'; readonly refresh: RefreshMessage }

export type Step = { readonly state: State; readonly actions: readonly Action[] }

/** The whole protocol decision, RFC 4271 §8.2.2. No sockets, no clock: what to do comes back as data. */
export function step(config: Config, state: State, event: Event): Step {
  switch (state.at) {
    case 'idle':
      return inIdle(config, state, event)
    case 'connect':
      return inConnect(config, state, event)
    case 'active':
      return inActive(config, state, event)
    case 'open-sent':
      return inOpenSent(config, state, event)
    case 'open-confirm':
      return inOpenConfirm(config, state, event)
    case 'established':
      return inEstablished(config, state, event)
  }
}
