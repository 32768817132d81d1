import type { Failure } from '../events'
import { type NotificationName, nameOf, notifications } from '../message/error-codes'
import { type NotificationMessage, reasonOf } from '../message/notification'
import type { SessionConfig } from './config'
import type { Action, Event, State } from './fsm'

/** Facts that the sentences need beside states and event. */
type FailureInput = { readonly config: SessionConfig; readonly remote: string; readonly state: State; readonly event: Event }

/** A sentence about why a step ended or delayed the session, with a remedy. Undefined when it did neither. */
export function failureOf(facts: FailureInput, actions: readonly Action[]): Failure | undefined {
  const sent = actions.find((action) => action.do === 'send-notification')
  if (facts.event.is === 'stop') return undefined
  if (sent !== undefined) {
    const { name } = facts.event.is === 'halt' ? facts.event.notification : sent.notification // not the hard reset around it
    const { code, subcode } = notifications[name]
    return { by: 'us', code, subcode, message: ours(name, facts) }
  }
  switch (facts.event.is) {
    case 'notification':
    case 'version-refused': {
      const { code, subcode } = facts.event.message
      return { by: 'peer', code, subcode, message: theirs(facts.event.message, facts) }
    }
    case 'tcp-down':
      return facts.state.at === 'idle' ? undefined : { by: 'transport', message: lost(facts.event.loss, facts) }
    case 'connect-retry-expired':
      return facts.state.at === 'connect' ? { by: 'transport', message: unanswered(facts, facts.event.diagnosis) } : undefined
    default:
      return undefined
  }
}

const likely = 'check its address, the route to it, firewalls, and whether both ends have the same TCP-MD5 password'
const unanswered = ({ config, remote }: Pick<FailureInput, 'config' | 'remote'>, diagnosis: string = likely): string =>
  `${remote} did not answer within ${config.connectSeconds} s: ${diagnosis}`

/** The sentence for a session that this end closed. */
function ours(name: NotificationName, facts: FailureInput): string {
  const { code, subcode, rfc } = notifications[name]
  return openFault(name, facts) ?? silence(name, facts) ?? `we end the session: ${nameOf(code, subcode)} (${code}/${subcode}, ${rfc})`
}

function openFault(name: NotificationName, { config, event }: FailureInput): string | undefined {
  if (event.is !== 'open') return undefined
  const { as, id, holdSeconds, version, roles } = event.open
  const words: Partial<Record<NotificationName, string>> = {
    unsupportedVersion: `it speaks BGP version ${version}, and we speak 4`,
    badPeerAs: `it says AS ${as}, and we expect ${expected(config)}; check peerAs here and the AS configured at the peer`,
    badBgpIdentifier: `its BGP identifier ${id} is ${id === config.id ? 'also ours' : 'not allowed'}; give each router its own router id`,
    unacceptableHoldTime: `it offers a hold time of ${holdSeconds} s, and RFC 4271 allows 0 or at least 3`,
    unsupportedOptionalParameter: 'it uses an OPEN parameter that is none of today, such as the old authentication',
    roleMismatch: `its role (${roles.join(', ') || 'none'}) does not fit ours (${config.role}); RFC 9234 knows provider with customer, rs with rs-client, peer with peer`,
  }
  const { code, subcode } = notifications[name]
  return words[name] === undefined ? undefined : `we refuse the peer's OPEN: ${nameOf(code, subcode)} (${code}/${subcode}): ${words[name]}`
}

const expected = ({ peerAs, localAs }: SessionConfig): string => {
  if (peerAs === 'internal') return `our own AS ${localAs}`
  return peerAs === 'external' ? `any AS but our own ${localAs}` : `AS ${peerAs}`
}

function silence(name: NotificationName, { state, remote }: FailureInput): string | undefined {
  if (name === 'sendHoldTimerExpired')
    return `${remote} has not read what we sent for too long (RFC 9687): it hangs, or the path loses large packets`
  if (name === 'bfdDown') return `BFD has lost ${remote} (6/10, RFC 9384): it hangs, or the path to it is broken`
  if (name !== 'holdTimerExpired') return undefined
  if (!('negotiated' in state))
    return `${remote} took the connection but sent no OPEN: is BGP running there, and is this address configured as its neighbour?`
  return `nothing heard from ${remote} for ${state.negotiated.holdSeconds} s (hold time): it hangs, or the path to it is broken`
}

/** The sentence for a session that the peer closed. */
function theirs(message: NotificationMessage, { config, state }: FailureInput): string {
  const { code, subcode } = message
  const inOpen = state.at === 'open-sent' || state.at === 'open-confirm'
  const head = code === 2 && inOpen ? 'peer refuses our OPEN' : 'peer ended the session'
  const hint = advice(message, config)
  return `${head}: ${nameOf(code, subcode)} (${code}/${subcode})${hint === undefined ? '' : `: ${hint}`}`
}

function advice(message: NotificationMessage, config: SessionConfig): string | undefined {
  const reason = reasonOf(message)
  if (reason !== undefined) return `it says "${reason}"`
  const words: Readonly<Record<string, string>> = {
    '2.1': 'it does not speak BGP version 4',
    '2.2': `it does not expect AS ${config.localAs} from us; check localAs here and the AS configured for us at the peer`,
    '2.3': `it does not take our BGP identifier ${config.id}; two routers may have the same router id`,
    '2.6': `it does not take our hold time of ${config.holdSeconds} s`,
    '2.7': `it needs something we do not offer, or shares no address family with us (ours: ${config.families.join(', ')})`,
    '2.11': `our role (${config.role ?? 'none'}) does not fit the one it is configured with (RFC 9234)`,
    '4.0': 'it heard nothing from us within its hold time: we were stopped, or the path to it is broken',
    '6.1': 'we announce more prefixes than its limit allows; announce fewer or raise it there',
    '6.2': 'it was shut down by its administrator',
    '6.3': 'it is no longer configured to talk to us',
    '6.5': 'it does not want this connection: is this address configured as its neighbour, and enabled?',
    '6.7': 'another connection between the two of us won (RFC 4271 §6.8)',
    '6.8': 'it is out of resources',
    '6.10': 'its BFD session with us went down: we were stopped, or the path to it is broken',
  }
  return words[pair(message)]
}
const pair = ({ code, subcode }: NotificationMessage): string => `${code}.${subcode}`

type LostEvent = Extract<Event, { is: 'tcp-down' }>['loss']

/** The sentence for a lost TCP connection. */
function lost({ code: why, message }: LostEvent, { remote, state, config }: FailureInput): string {
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: `nobody listens at ${remote}: is BGP running there, and does it listen on that address?`,
    ECONNRESET: `${remote} reset the connection`,
    EHOSTUNREACH: `${remote} cannot be reached: no such neighbour on its link`,
    ENETUNREACH: `no route to ${remote}`,
    EADDRNOTAVAIL: 'the source address is not on this machine',
    ETIMEDOUT: unanswered({ config, remote }),
    closed: `${remote} closed the connection`,
    replaced: `${remote} has connected anew`,
  }
  const early = state.at === 'open-sent' && (why === 'closed' || why === 'ECONNRESET')
  const hint = early ? ' before its OPEN: is this address configured as its neighbour there?' : ''
  return `${words[why] ?? `connection to ${remote} failed: ${message}`}${hint}`
}
