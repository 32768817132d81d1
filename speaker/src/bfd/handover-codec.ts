import type { SessionHandover } from '@loadstone/bfd'
import type { BfdHandover } from '../messages/bfd'
import { boolean, integer, ip, list, Misshapen, oneOf, record, type Shape, text } from '../plan/shape'

type State = SessionHandover['state']

const micros = integer(0, 0xffff_ffff)
const octet = integer(0, 255)
const intervals = record({ minTxMicros: micros, minRxMicros: micros }, {})
const local = record({ role: oneOf('active', 'passive'), detectMultiplier: octet, minTxMicros: micros, minRxMicros: micros }, {})
const remote = record(
  {
    discriminator: integer(1, 0xffff_ffff),
    state: oneOf('admin-down', 'down', 'init', 'up'),
    diagnostic: octet,
    demand: boolean,
    detectMultiplier: octet,
    minTxMicros: micros,
    minRxMicros: micros,
  },
  {},
)

const poll: Shape<State['poll']> = (value, at) => {
  const { is } = record({ is: oneOf('idle', 'running', 'ended') }, {})(value, at)
  if (is === 'idle') return { is }
  if (is === 'ended') return { is, ...record({}, { known: intervals })(value, at) }
  return { is, ...record({ known: intervals, again: boolean }, {})(value, at) }
}

const state: Shape<State> = (value, at) => {
  const said = record({ at: oneOf('admin-down', 'down', 'init', 'up'), wanted: local, diagnostic: octet, poll }, { remote })(value, at)
  const { at: here, remote: heard, ...rest } = said
  if (here === 'admin-down' || here === 'down') return { ...rest, at: here, ...(heard === undefined ? {} : { remote: heard }) }
  if (heard === undefined) throw new Misshapen(at, `a session that is ${here} has heard its peer`)
  return { ...rest, at: here, remote: heard }
}

const handovers = list(
  record(
    {
      peer: text,
      path: record({ peer: ip, multihop: boolean }, { local: ip, interface: text }),
      resume: record({ discriminator: integer(1, 0xffff_ffff), sourcePort: integer(0, 65_535), state }, {}),
    },
    {},
  ),
)

/** Reads the handover state of a predecessor, which has shown no key: a text of another shape counts as no sessions. */
export function parseBfdHandovers(line: string): readonly BfdHandover[] {
  try {
    return handovers(JSON.parse(line), 'handover')
  } catch (error) {
    if (error instanceof Misshapen || error instanceof SyntaxError) return []
    throw error
  }
}
