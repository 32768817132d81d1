import type { ControlPacket } from '../src/packet/control-packet'
import { type Event, initial, type LocalParameters, type State, step } from '../src/session/fsm'

export const config = { discriminator: 7 }
export const wanted: LocalParameters = { role: 'active', minTxMicros: 50_000, minRxMicros: 60_000, detectMultiplier: 3 }

/** A packet of a peer that knows us, as our `config` numbers us. */
export const packet: ControlPacket = {
  diagnostic: 0,
  state: 'down',
  poll: false,
  final: false,
  controlPlaneIndependent: false,
  demand: false,
  detectMultiplier: 4,
  myDiscriminator: 9,
  yourDiscriminator: 7,
  desiredMinTxMicros: 80_000,
  requiredMinRxMicros: 70_000,
  requiredMinEchoRxMicros: 0,
}
export const heard = (change: Partial<ControlPacket> = {}): Event => ({ is: 'packet', packet: { ...packet, ...change } })

/** The state after these events. */
export const after = (from: State, ...events: readonly Event[]): State =>
  events.reduce((state, event) => step(config, state, event).state, from)

const down = after(initial(wanted), heard({ state: 'admin-down' }))
const init = after(initial(wanted), heard())
const up = after(init, heard({ state: 'init' }))
const settled = after(up, heard({ state: 'up', final: true }), heard({ state: 'up' }))

/** Every state there is, reached the way it is reached in life. */
export const states = {
  unheard: initial(wanted),
  'unheard passive': initial({ ...wanted, role: 'passive' }),
  down,
  init,
  'up polling': up,
  'up ended': after(up, heard({ state: 'up', final: true })),
  up: settled,
  'up slower': after(settled, { is: 'profile-changed', wanted: { ...wanted, minTxMicros: 500_000, minRxMicros: 20_000 } }),
  'up demanded': after(settled, heard({ state: 'up', demand: true })),
  'up silenced': after(settled, heard({ state: 'up', requiredMinRxMicros: 0 })),
  'admin-down': after(settled, { is: 'disabled' }),
  'admin-down unheard': after(settled, { is: 'disabled' }, { is: 'detection-expired' }),
} as const satisfies Readonly<Record<string, State>>

/** Every event there is, and packets by what they carry. */
export const events = {
  'hears admin-down': heard({ state: 'admin-down' }),
  'hears down': heard({ state: 'down' }),
  'hears init': heard({ state: 'init' }),
  'hears up': heard({ state: 'up' }),
  'hears up P': heard({ state: 'up', poll: true }),
  'hears up F': heard({ state: 'up', final: true }),
  'hears up D': heard({ state: 'up', demand: true }),
  'hears up slower': heard({ state: 'up', desiredMinTxMicros: 400_000, requiredMinRxMicros: 300_000 }),
  'hears up rx 0': heard({ state: 'up', requiredMinRxMicros: 0 }),
  'hears down P': heard({ state: 'down', poll: true }),
  'transmit-due': { is: 'transmit-due' },
  'detection-expired': { is: 'detection-expired' },
  disabled: { is: 'disabled' },
  enabled: { is: 'enabled' },
  'wants slower': { is: 'profile-changed', wanted: { ...wanted, minTxMicros: 200_000, minRxMicros: 300_000 } },
  'wants faster': { is: 'profile-changed', wanted: { ...wanted, minTxMicros: 40_000, minRxMicros: 40_000 } },
  'wants × 5': { is: 'profile-changed', wanted: { ...wanted, detectMultiplier: 5 } },
  'wants passive': { is: 'profile-changed', wanted: { ...wanted, role: 'passive' } },
} as const satisfies Readonly<Record<string, Event>>
