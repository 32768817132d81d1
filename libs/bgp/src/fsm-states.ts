import { acceptOpen } from './agree'
import type { Config } from './config'
import { type Notification, type NotificationName, notification } from './errors'
import type { Agreed } from './events'
import { type MessageKind, messageTypes } from './frame'
import type { Action, Event, State, Step, Timer } from './fsm'
import { encodeNotification } from './notification'

type At<K extends State['at']> = Extract<State, { at: K }>

const idle: State = { at: 'idle' }
const stay = (state: State, ...actions: readonly Action[]): Step => ({ state, actions })
const disarm = (timer: Timer): Action => ({ do: 'disarm', timer })
const notify = (why: Notification): Action => ({ do: 'send-notification', notification: why })
const release: readonly Action[] = [
  ...(['connect-retry', 'delay-open', 'hold', 'keepalive', 'send-hold'] as const).map(disarm),
  { do: 'hang-up' },
]

/** To Idle after a failure, to come back by itself. */
const fail = (...first: readonly Action[]): Step => ({ state: idle, actions: [...first, ...release, { do: 'arm-restart' }] })
/** To Idle because we were told to, to stay there. */
const rest = (...first: readonly Action[]): Step => ({ state: idle, actions: [...first, ...release, disarm('idle-hold')] })
const refuse = (why: Notification, ...first: readonly Action[]): Step => fail(notify(why), ...first)

/** RFC 6608 §4: the data octet names the message that should not have come. */
const unexpected = (name: NotificationName, got: MessageKind): Notification => notification(name, Uint8Array.of(messageTypes[got]))

const armConnectRetry = ({ connectSeconds }: Config): Action => ({ do: 'arm', timer: 'connect-retry', seconds: connectSeconds })

/** RFC 4271 §4.2: agreed zero means the timers never run. */
const armHold = ({ holdSeconds }: Agreed): Action =>
  holdSeconds === 0 ? disarm('hold') : { do: 'arm', timer: 'hold', seconds: holdSeconds }
const armKeepalive = ({ holdSeconds, keepaliveSeconds }: Agreed): readonly Action[] =>
  holdSeconds === 0 ? [] : [{ do: 'arm', timer: 'keepalive', seconds: keepaliveSeconds }]

const openHold: Action = { do: 'arm', timer: 'hold', seconds: 240 } // "a large value", §8.2.2 suggests four minutes
const sayOpen: Step = {
  state: { at: 'open-sent' },
  actions: [disarm('connect-retry'), disarm('delay-open'), { do: 'send-open' }, openHold],
}

const dial = (config: Config): Step => ({ state: { at: 'connect', line: 'down' }, actions: [armConnectRetry(config), { do: 'dial' }] })
const listen = (config: Config): Step => ({ state: { at: 'active', line: 'down' }, actions: [armConnectRetry(config)] })
const begin = (config: Config): Step => (config.passive ? listen(config) : dial(config))

/** TCP is up: say OPEN, or wait a moment for the peer's. */
function greet(config: Config, state: At<'connect' | 'active'>): Step {
  if (config.delayOpenSeconds === 0) return sayOpen
  const delay: Action = { do: 'arm', timer: 'delay-open', seconds: config.delayOpenSeconds }
  return { state: { ...state, line: 'delaying' }, actions: [disarm('connect-retry'), delay] }
}

export function inIdle(config: Config, state: At<'idle'>, event: Event): Step {
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

export function inConnect(config: Config, state: At<'connect'>, event: Event): Step {
  switch (event.is) {
    case 'connect-retry-expired': {
      const { state: next, actions } = begin(config)
      return { state: next, actions: [{ do: 'hang-up' }, disarm('delay-open'), ...actions] }
    }
    case 'tcp-down': // with the peer's line lost before anything was said, the RFC waits for it instead of resting
      return state.line === 'delaying'
        ? { ...listen(config), actions: [disarm('delay-open'), armConnectRetry(config), { do: 'hang-up' }] }
        : fail()
    default:
      return beforeOpen(config, state, event)
  }
}

export function inActive(config: Config, state: At<'active'>, event: Event): Step {
  if (event.is !== 'connect-retry-expired') return beforeOpen(config, state, event)
  const { state: next, actions } = begin(config)
  return { state: next, actions: [{ do: 'hang-up' }, ...actions] }
}

/** What Connect and Active do alike. */
function beforeOpen(config: Config, state: At<'connect' | 'active'>, event: Event): Step {
  switch (event.is) {
    case 'start':
      return stay(state)
    case 'stop':
      return rest()
    case 'tcp-up':
      return greet(config, state)
    case 'delay-open-expired':
      return sayOpen
    case 'open': // 20: the peer spoke first, so ours and the answer go together
      return state.line === 'delaying' ? take(config, event, disarm('connect-retry'), disarm('delay-open'), { do: 'send-open' }) : fail()
    default:
      return fail()
  }
}

export function inOpenSent(config: Config, state: At<'open-sent'>, event: Event): Step {
  switch (event.is) {
    case 'open':
      return take(config, event)
    case 'tcp-down': // the one loss that falls back to Active instead of Idle: nobody refused us yet
      return {
        state: { at: 'active', line: 'down' },
        actions: [disarm('hold'), disarm('send-hold'), { do: 'hang-up' }, armConnectRetry(config)],
      }
    case 'keepalive':
    case 'update':
    case 'refresh':
      return refuse(unexpected('unexpectedInOpenSent', event.is))
    default:
      return common(state, event, 'unexpectedInOpenSent')
  }
}

function take(config: Config, { open }: Extract<Event, { is: 'open' }>, ...first: readonly Action[]): Step {
  const agreed = acceptOpen(config, open)
  if ('refuse' in agreed) return refuse(agreed.refuse)
  return {
    state: { at: 'open-confirm', agreed },
    actions: [...first, { do: 'send-keepalive' }, ...armKeepalive(agreed), armHold(agreed)],
  }
}

export function inOpenConfirm(_config: Config, state: At<'open-confirm'>, event: Event): Step {
  switch (event.is) {
    case 'keepalive-due':
      return stay(state, { do: 'send-keepalive' }, ...armKeepalive(state.agreed))
    case 'keepalive':
      return { state: { ...state, at: 'established' }, actions: [armHold(state.agreed), { do: 'routes-up' }] }
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

export function inEstablished(_config: Config, state: At<'established'>, event: Event): Step {
  switch (event.is) {
    case 'keepalive-due':
      return stay(state, { do: 'send-keepalive' }, ...armKeepalive(state.agreed))
    case 'keepalive':
      return stay(state, armHold(state.agreed))
    case 'update':
      return stay(state, armHold(state.agreed), { do: 'take-update', update: event.update })
    case 'refresh':
      return stay(state, armHold(state.agreed), { do: 'take-refresh', refresh: event.refresh })
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
  const holdSeconds = 'agreed' in state ? state.agreed.holdSeconds : undefined
  if (holdSeconds === 0) return disarm('send-hold')
  return { do: 'arm', timer: 'send-hold', seconds: Math.max(480, 2 * (holdSeconds ?? 0)) }
}

/** RFC 8538 §4: where a NOTIFICATION would keep the routes, one that must not is wrapped into a hard reset. */
const forGood = (state: State, why: Notification): Notification =>
  'agreed' in state && state.agreed.gracefulRestart?.notification === true ? notification('hardReset', encodeNotification(why)) : why

/** What OpenSent, OpenConfirm and Established do alike. */
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
