import { type Notification, type NotificationName, notification } from '../message/error-codes'
import { type MessageKind, messageTypes } from '../message/frame'
import type { NegotiatedSession } from '../message/negotiated-session'
import { encodeNotification, type NotificationMessage } from '../message/notification'
import type { RefreshMessage } from '../message/route-refresh'
import type { Update } from '../message/update/update'
import type { ConnectionLost } from '../tcp/transport'
import type { SessionConfig } from './config'
import { negotiate } from './negotiate'
import type { PeerOpen } from './peer-open'

/** Whether the DelayOpenTimer is running: TCP is up, and our OPEN waits for the peer's (RFC 4271 §8.1.1). */
type TcpPhase = 'down' | 'delaying'

/** The states of RFC 4271 §8.2.2, each with the facts that hold in it alone. */
export type State =
  | { readonly at: 'idle' }
  | { readonly at: 'connect'; readonly tcp: TcpPhase }
  | { readonly at: 'active'; readonly tcp: TcpPhase }
  | { readonly at: 'open-sent' }
  | { readonly at: 'open-confirm'; readonly negotiated: NegotiatedSession }
  | { readonly at: 'established'; readonly negotiated: NegotiatedSession }

/** The events of RFC 4271 §8.1, with their numbers there. */
export type Event =
  | { readonly is: 'start'; readonly passive?: true } // 1, 3; 4 and 5 when passive, here or in the configuration
  | { readonly is: 'stop'; readonly notification?: Notification } // 2; without a NOTIFICATION when a restart must keep the routes
  | { readonly is: 'halt'; readonly notification: Notification } // 8
  | { readonly is: 'connect-retry-expired'; readonly diagnosis?: string } // 9
  | { readonly is: 'hold-expired' } // 10
  | { readonly is: 'keepalive-due' } // 11
  | { readonly is: 'delay-open-expired' } // 12
  | { readonly is: 'idle-hold-expired' } // 13
  | { readonly is: 'tcp-up' } // 16, 17
  | { readonly is: 'tcp-down'; readonly loss: ConnectionLost } // 18
  | { readonly is: 'open'; readonly open: PeerOpen } // 19, 20
  | { readonly is: 'malformed'; readonly notification: Notification } // 21, 22, 28
  | { readonly is: 'collision' } // 23
  | { readonly is: 'version-refused'; readonly message: NotificationMessage } // 24
  | { readonly is: 'notification'; readonly message: NotificationMessage } // 25
  | { readonly is: 'keepalive' } // 26
  | { readonly is: 'update'; readonly update: Update } // 27
  | { readonly is: 'refresh'; readonly refresh: RefreshMessage } // RFC 2918
  | { readonly is: 'send-hold-expired' } // 29, RFC 9687 §4.2
  | { readonly is: 'blocked' } // sent octets wait in this process: the SendHoldTimer of RFC 9687 starts
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
  /** Arms connect-retry, for a while that depends on how often it failed, too, and is no longer than connectSeconds. */
  | { readonly do: 'arm-retry' }
  | { readonly do: 'disarm'; readonly timer: Timer }
  | { readonly do: 'routes-up' }
  | { readonly do: 'routes-down' }
  | { readonly do: 'take-update'; readonly update: Update }
  | { readonly do: 'take-refresh'; readonly refresh: RefreshMessage }

type Step = { readonly state: State; readonly actions: readonly Action[] }

/** The transition function of RFC 4271 §8.2.2. Pure: actions are returned as data. */
export function step(config: SessionConfig, state: State, event: Event): Step {
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

type At<K extends State['at']> = Extract<State, { at: K }>

const idle: State = { at: 'idle' }
const stay = (state: State, ...actions: readonly Action[]): Step => ({ state, actions })
const disarm = (timer: Timer): Action => ({ do: 'disarm', timer })
const notify = (why: Notification): Action => ({ do: 'send-notification', notification: why })
const release: readonly Action[] = [
  ...(['connect-retry', 'delay-open', 'hold', 'keepalive', 'send-hold'] as const).map(disarm),
  { do: 'hang-up' },
]

/** To Idle after a failure; IdleHoldTimer restarts the session. */
const fail = (...first: readonly Action[]): Step => ({ state: idle, actions: [...first, ...release, { do: 'arm-restart' }] })
/** To Idle by stop(), without a restart. */
const rest = (...first: readonly Action[]): Step => ({ state: idle, actions: [...first, ...release, disarm('idle-hold')] })
const refuse = (why: Notification, ...first: readonly Action[]): Step => fail(notify(why), ...first)

/** RFC 6608 §4: the data octet names the message that should not have come. */
const unexpected = (name: NotificationName, got: MessageKind): Notification => notification(name, Uint8Array.of(messageTypes[got]))

const armConnectRetry = ({ connectSeconds }: SessionConfig): Action => ({ do: 'arm', timer: 'connect-retry', seconds: connectSeconds })

/** RFC 4271 §4.2: with a negotiated hold time of 0 the timers do not run. */
const armHold = ({ holdSeconds }: NegotiatedSession): Action =>
  holdSeconds === 0 ? disarm('hold') : { do: 'arm', timer: 'hold', seconds: holdSeconds }
const armKeepalive = ({ holdSeconds, keepaliveSeconds }: NegotiatedSession): readonly Action[] =>
  holdSeconds === 0 ? [] : [{ do: 'arm', timer: 'keepalive', seconds: keepaliveSeconds }]

const openHold: Action = { do: 'arm', timer: 'hold', seconds: 240 } // "a large value", §8.2.2 suggests four minutes
const sayOpen: Step = {
  state: { at: 'open-sent' },
  actions: [disarm('connect-retry'), disarm('delay-open'), { do: 'send-open' }, openHold],
}

const dial = (config: SessionConfig): Step => ({
  state: { at: 'connect', tcp: 'down' },
  actions: [armConnectRetry(config), { do: 'dial' }],
})
const listen = (config: SessionConfig): Step => ({ state: { at: 'active', tcp: 'down' }, actions: [armConnectRetry(config)] })
const begin = (config: SessionConfig): Step => (config.passive ? listen(config) : dial(config))

/** TCP is up: sends OPEN, or waits for the peer's OPEN (DelayOpen). */
function greet(config: SessionConfig, state: At<'connect' | 'active'>): Step {
  if (config.delayOpenSeconds === 0) return sayOpen
  const delay: Action = { do: 'arm', timer: 'delay-open', seconds: config.delayOpenSeconds }
  return { state: { ...state, tcp: 'delaying' }, actions: [disarm('connect-retry'), delay] }
}

function inIdle(config: SessionConfig, state: At<'idle'>, event: Event): Step {
  switch (event.is) {
    case 'start':
    case 'idle-hold-expired': {
      const { state: next, actions } = event.is === 'start' && event.passive ? listen(config) : begin(config)
      return { state: next, actions: [disarm('idle-hold'), ...actions] }
    }
    case 'stop':
      return stay(state, disarm('idle-hold'))
    case 'tcp-up': // §8.2.2: Idle refuses every connection
      return stay(state, { do: 'hang-up' })
    default:
      return stay(state)
  }
}

function inConnect(config: SessionConfig, state: At<'connect'>, event: Event): Step {
  switch (event.is) {
    case 'connect-retry-expired': {
      const { state: next, actions } = begin(config)
      return { state: next, actions: [{ do: 'hang-up' }, disarm('delay-open'), ...actions] }
    }
    case 'tcp-down': // a lost connection before any OPEN leads to Active, not to Idle
      return state.tcp === 'delaying'
        ? { ...listen(config), actions: [disarm('delay-open'), armConnectRetry(config), { do: 'hang-up' }] }
        : fail()
    default:
      return beforeOpen(config, state, event)
  }
}

function inActive(config: SessionConfig, state: At<'active'>, event: Event): Step {
  if (event.is !== 'connect-retry-expired') return beforeOpen(config, state, event)
  const { state: next, actions } = begin(config)
  return { state: next, actions: [{ do: 'hang-up' }, ...actions] }
}

/** Transitions that Connect and Active share. */
function beforeOpen(config: SessionConfig, state: At<'connect' | 'active'>, event: Event): Step {
  switch (event.is) {
    case 'start':
      return stay(state)
    case 'stop':
      return rest()
    case 'tcp-up':
      return greet(config, state)
    case 'delay-open-expired':
      return sayOpen
    case 'open': // 20: the peer's OPEN came first, so OPEN and KEEPALIVE are sent together
      return state.tcp === 'delaying' ? take(config, event, disarm('connect-retry'), disarm('delay-open'), { do: 'send-open' }) : fail()
    default:
      return fail()
  }
}

function inOpenSent(config: SessionConfig, state: At<'open-sent'>, event: Event): Step {
  switch (event.is) {
    case 'open':
      return take(config, event)
    // This loss leads to Active instead of Idle: the peer has refused nothing yet. A router closes so while it has not finished with the
    // session before, so the next attempt must not wait as long as one at a router that is away.
    case 'tcp-down':
      return {
        state: { at: 'active', tcp: 'down' },
        actions: [disarm('hold'), disarm('send-hold'), { do: 'hang-up' }, { do: 'arm-retry' }],
      }
    case 'keepalive':
    case 'update':
    case 'refresh':
      return refuse(unexpected('unexpectedInOpenSent', event.is))
    default:
      return common(state, event, 'unexpectedInOpenSent')
  }
}

function take(config: SessionConfig, { open }: Extract<Event, { is: 'open' }>, ...first: readonly Action[]): Step {
  const negotiated = negotiate(config, open)
  if ('refuse' in negotiated) return refuse(negotiated.refuse)
  return {
    state: { at: 'open-confirm', negotiated },
    actions: [...first, { do: 'send-keepalive' }, ...armKeepalive(negotiated), armHold(negotiated)],
  }
}

function inOpenConfirm(_config: SessionConfig, state: At<'open-confirm'>, event: Event): Step {
  switch (event.is) {
    case 'keepalive-due':
      return stay(state, { do: 'send-keepalive' }, ...armKeepalive(state.negotiated))
    case 'keepalive':
      return { state: { ...state, at: 'established' }, actions: [armHold(state.negotiated), { do: 'routes-up' }] }
    case 'tcp-down':
      return fail()
    case 'open':
    case 'update':
    case 'refresh':
      return refuse(unexpected('unexpectedInOpenConfirm', event.is))
    default:
      return common(state, event, 'unexpectedInOpenConfirm')
  }
}

const down: Action = { do: 'routes-down' }

function inEstablished(_config: SessionConfig, state: At<'established'>, event: Event): Step {
  switch (event.is) {
    case 'keepalive-due':
      return stay(state, { do: 'send-keepalive' }, ...armKeepalive(state.negotiated))
    case 'keepalive':
      return stay(state, armHold(state.negotiated))
    case 'update':
      return stay(state, armHold(state.negotiated), { do: 'take-update', update: event.update })
    case 'refresh':
      return stay(state, armHold(state.negotiated), { do: 'take-refresh', refresh: event.refresh })
    case 'tcp-down':
      return fail(down)
    case 'open':
      return refuse(unexpected('unexpectedInEstablished', event.is), down)
    default: {
      const { state: next, actions } = common(state, event, 'unexpectedInEstablished')
      return next.at === 'idle' ? { state: next, actions: [down, ...actions] } : { state: next, actions }
    }
  }
}

/** RFC 9687 §6: eight minutes, or twice the hold time if that is longer; §4.3: never with a hold time of zero. */
function armSendHold(state: State): Action {
  const holdSeconds = 'negotiated' in state ? state.negotiated.holdSeconds : undefined
  if (holdSeconds === 0) return disarm('send-hold')
  return { do: 'arm', timer: 'send-hold', seconds: Math.max(480, 2 * (holdSeconds ?? 0)) }
}

/** RFC 8538 §4: where a NOTIFICATION would keep the routes, one that must not is wrapped into a hard reset. */
const forGood = (state: State, why: Notification): Notification =>
  'negotiated' in state && state.negotiated.gracefulRestart?.notification === true
    ? notification('hardReset', encodeNotification(why))
    : why

/** Transitions that OpenSent, OpenConfirm and Established share. */
function common(state: State, event: Event, surprise: NotificationName): Step {
  switch (event.is) {
    case 'start':
    case 'tcp-up': // a second connection is another session's (§6.8)
      return stay(state)
    case 'stop':
      return rest(...(event.notification === undefined ? [] : [notify(forGood(state, event.notification))]))
    case 'halt':
      return refuse(forGood(state, event.notification))
    case 'malformed':
      return refuse(event.notification)
    case 'hold-expired':
      return refuse(notification('holdTimerExpired'))
    case 'send-hold-expired':
      return refuse(notification('sendHoldTimerExpired'))
    case 'collision':
      return refuse(notification('collisionResolution'))
    case 'blocked':
      return stay(state, armSendHold(state))
    case 'drained':
      return stay(state, disarm('send-hold'))
    case 'version-refused':
    case 'notification': // Deviates: RFC 4271 §8.2.2 would answer it in OpenSent with an FSM error; nobody answers a NOTIFICATION
      return fail()
    default:
      return refuse(notification(surprise))
  }
}
