import { conservative, type Intervals } from './timing'

/**
 * Where the Poll Sequence stands, RFC 5880 §6.5. `known` is what the peer may still believe of our intervals. Of two sequences in a row
 * the second waits for a packet with the Final bit clear, or a late Final of the first would end it: §6.8.3, the third choice.
 */
export type Poll =
  | { readonly is: 'idle' }
  /** Our packets carry P. `again`: the values changed once more since the first of them. */
  | { readonly is: 'running'; readonly known: Intervals; readonly again: boolean }
  /** Answered. `known` is present when another sequence must follow. */
  | { readonly is: 'ended'; readonly known?: Intervals }

/** Our announced intervals changed from `known` to something else. */
export function afterChange(poll: Poll, known: Intervals): Poll {
  switch (poll.is) {
    case 'idle':
      return { is: 'running', known, again: false }
    case 'running':
      return { is: 'running', known: conservative(poll.known, known), again: true }
    case 'ended':
      return { is: 'ended', known: poll.known === undefined ? known : conservative(poll.known, known) }
  }
}

/** A packet of the peer arrived, with the Final bit set or not. */
export function afterPacket(poll: Poll, final: boolean): Poll {
  if (final) return poll.is === 'running' ? { is: 'ended', ...(poll.again ? { known: poll.known } : {}) } : poll
  if (poll.is !== 'ended') return poll
  return poll.known === undefined ? { is: 'idle' } : { is: 'running', known: poll.known, again: false }
}

/** The intervals to time by while the session is up: RFC 5880 §6.8.3. */
export function inForce(poll: Poll, now: Intervals): Intervals {
  return poll.is === 'idle' || poll.known === undefined ? now : conservative(poll.known, now)
}
