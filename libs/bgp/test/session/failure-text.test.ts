import assert from 'node:assert/strict'
import { test } from '@jest/globals'
import type { Ip } from '@loadstone/ip'
import { notification } from '../../src/message/error-codes'
import { failureOf } from '../../src/session/failure-text'
import { type Event, type State, step } from '../../src/session/fsm'
import { config, negotiated, peerOpen } from '../samples'

const remote = '192.0.2.2 port 179'
const sent: State = { at: 'open-sent' }
const up: State = { at: 'established', negotiated }
const words = (state: State, event: Event): string | undefined =>
  failureOf({ config, remote, state, event }, step(config, state, event).actions)?.message

const told = (code: number, subcode: number, data: readonly number[] = []): Event => ({
  is: 'notification',
  message: { code, subcode, data: Uint8Array.from(data) },
})
const lost = (code: string): Event => ({ is: 'tcp-down', loss: { code, message: 'as the system says' } })
const reason = Buffer.from('maintenance, back at 6')

const cases: readonly [string, State, Event, string][] = [
  [
    'we refuse its AS',
    sent,
    { is: 'open', open: { ...peerOpen, as: 65009 } },
    "we refuse the peer's OPEN: Bad Peer AS (2/2): it says AS 65009, and we expect AS 65002; check peerAs here and the AS configured at the peer",
  ],
  [
    'we refuse its identifier',
    sent,
    { is: 'open', open: { ...peerOpen, id: '0.0.0.0' as Ip } },
    "we refuse the peer's OPEN: Bad BGP Identifier (2/3): its BGP identifier 0.0.0.0 is not allowed; give each router its own router id",
  ],
  [
    'we refuse its hold time',
    sent,
    { is: 'open', open: { ...peerOpen, holdSeconds: 2 } },
    "we refuse the peer's OPEN: Unacceptable Hold Time (2/6): it offers a hold time of 2 s, and RFC 4271 allows 0 or at least 3",
  ],
  [
    'it refuses our AS',
    sent,
    told(2, 2),
    'peer refuses our OPEN: Bad Peer AS (2/2): it does not expect AS 65001 from us; check localAs here and the AS configured for us at the peer',
  ],
  [
    'it shares no family',
    sent,
    told(2, 7),
    'peer refuses our OPEN: Unsupported Capability (2/7): it needs something we do not offer, or shares no address family with us (ours: ipv4, ipv6)',
  ],
  [
    'it shuts down and says why (RFC 9003)',
    up,
    told(6, 2, [reason.length, ...reason]),
    'peer ended the session: Administrative Shutdown (6/2): it says "maintenance, back at 6"',
  ],
  [
    'its limit is reached',
    up,
    told(6, 1),
    'peer ended the session: Maximum Number of Prefixes Reached (6/1): we announce more prefixes than its limit allows; announce fewer or raise it there',
  ],
  ['an error nobody has assigned', up, told(42, 7), 'peer ended the session: unknown error (42/7)'],
  [
    'silence',
    up,
    { is: 'hold-expired' },
    'nothing heard from 192.0.2.2 port 179 for 90 s (hold time): it hangs, or the path to it is broken',
  ],
  [
    'no OPEN',
    sent,
    { is: 'hold-expired' },
    '192.0.2.2 port 179 took the connection but sent no OPEN: is BGP running there, and is this address configured as its neighbour?',
  ],
  [
    'it reads no more',
    up,
    { is: 'send-hold-expired' },
    '192.0.2.2 port 179 has not read what we sent for too long (RFC 9687): it hangs, or the path loses large packets',
  ],
  [
    'nobody listens',
    { at: 'connect', tcp: 'down' },
    lost('ECONNREFUSED'),
    'nobody listens at 192.0.2.2 port 179: is BGP running there, and does it listen on that address?',
  ],
  [
    'it hangs up on our OPEN',
    sent,
    lost('closed'),
    '192.0.2.2 port 179 closed the connection before its OPEN: is this address configured as its neighbour there?',
  ],
  ['the connection breaks', up, lost('ECONNRESET'), '192.0.2.2 port 179 reset the connection'],
  ['an error of the system nobody foresaw', up, lost('EIO'), 'connection to 192.0.2.2 port 179 failed: as the system says'],
  [
    'nobody answers',
    { at: 'connect', tcp: 'down' },
    { is: 'connect-retry-expired' },
    '192.0.2.2 port 179 did not answer within 10 s: check its address, the route to it, firewalls, and whether both ends have the same TCP-MD5 password',
  ],
  [
    'it speaks garbage',
    up,
    { is: 'malformed', notification: notification('badMessageLength') },
    'we end the session: Bad Message Length (1/2, RFC 4271 §6.1)',
  ],
]
test.each(cases)('in words: %s', (_, state, event, message) => assert.equal(words(state, event), message))

test('what is no failure has no words', () => {
  assert.equal(words(up, { is: 'keepalive' }), undefined)
  assert.equal(words(up, { is: 'stop', notification: notification('administrativeShutdown') }), undefined)
  assert.equal(words({ at: 'idle' }, lost('closed')), undefined)
})

test('a failure says who ended it, with the numbers of the NOTIFICATION', () => {
  const event = told(6, 2)
  assert.deepEqual(failureOf({ config, remote, state: up, event }, []), {
    by: 'peer',
    code: 6,
    subcode: 2,
    message: 'peer ended the session: Administrative Shutdown (6/2): it was shut down by its administrator',
  })
})
