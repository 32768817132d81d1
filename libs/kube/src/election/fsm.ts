import type { ElectionTiming } from './election'

/** The fields of a Lease that decide who leads. */
export type Lease = {
  /** Identity; empty if the lease was released. */
  readonly holder: string
  readonly durationMillis: number
  readonly transitions: number
  readonly resourceVersion: string
}

export type ElectionConfig = { readonly identity: string; readonly timing: ElectionTiming }

export type State =
  | { readonly at: 'stopped' }
  /** Another process leads, or none. `lease` is the one whose expiry is awaited. */
  | { readonly at: 'following'; readonly lease?: Lease }
  /** A write is in flight that makes this process the holder. */
  | { readonly at: 'taking'; readonly stopping: boolean }
  /** This process holds the lease. `renewing`: a renewal is in flight. `doubt`: the lease is being read, as another may have taken it. */
  | {
      readonly at: 'holding'
      readonly resourceVersion: string
      readonly leads: boolean
      readonly renewing: boolean
      readonly doubt: boolean
    }
  /** `sent`: the release is in flight; otherwise it waits for the answer to a renewal. */
  | { readonly at: 'releasing'; readonly sent: boolean }

type At<Name extends State['at']> = Extract<State, { readonly at: Name }>

export type Event =
  | { readonly is: 'start' }
  | { readonly is: 'stop' }
  /** The watch shows this lease, or none. It may lag. */
  | { readonly is: 'watched'; readonly lease?: Lease }
  /** A GET returned this lease, or none. */
  | { readonly is: 'read'; readonly lease?: Lease }
  | { readonly is: 'read-failed' }
  | { readonly is: 'written'; readonly resourceVersion: string; readonly tookMillis: number }
  /** A write was refused: the lease has changed since it was read. */
  | { readonly is: 'conflict' }
  /** A write has no answer. Whether it took effect is unknown. */
  | { readonly is: 'write-failed' }
  | { readonly is: 'expired' }
  | { readonly is: 'poll-due' }
  | { readonly is: 'deadline-passed' }
  | { readonly is: 'settled' }

/** expiry: another's lease. poll: read or renew again. deadline: renewal of the own lease. settle: before leading. */
export type Timer = 'expiry' | 'poll' | 'deadline' | 'settle'

export type Action =
  | { readonly do: 'watch' }
  | { readonly do: 'unwatch' }
  | { readonly do: 'read' }
  | { readonly do: 'create' }
  | { readonly do: 'take'; readonly lease: Lease }
  | { readonly do: 'renew'; readonly resourceVersion: string }
  | { readonly do: 'release'; readonly resourceVersion: string }
  /** The own lease counts from this long ago. */
  | { readonly do: 'hold'; readonly agoMillis: number }
  | { readonly do: 'lead' }
  | { readonly do: 'step-down'; readonly why: string }
  | { readonly do: 'arm'; readonly timer: Timer; readonly millis: number }
  | { readonly do: 'disarm'; readonly timer: Timer }

type Step = { readonly state: State; readonly actions: readonly Action[] }

/**
 * Decides who leads. A lease is taken only after its release, or when it has not changed for its whole duration on the own monotonic
 * clock. The write carries the resourceVersion that was read, so of several candidates one succeeds. The holder leads until
 * `renewDeadline` after the last renewal was *sent*; another candidate waits for `duration`, which is longer.
 */
export function step(config: ElectionConfig, state: State, event: Event): Step {
  switch (state.at) {
    case 'stopped':
      return inStopped(state, event)
    case 'following':
      return inFollowing(config, state, event)
    case 'taking':
      return inTaking(config, state, event)
    case 'holding':
      return inHolding(config, state, event)
    case 'releasing':
      return inReleasing(state, event)
  }
}

/** Delay before the next attempt while holding the lease, because the deadline is near. */
const soonMillis = 200

const stay = (state: State): Step => ({ state, actions: [] })
const arm = (timer: Timer, millis: number): Action => ({ do: 'arm', timer, millis })
const ended: Step = { state: { at: 'stopped' }, actions: [{ do: 'unwatch' }] }
const disarm = (timer: Timer): Action => ({ do: 'disarm', timer })

function inStopped(state: At<'stopped'>, event: Event): Step {
  return event.is === 'start' ? { state: { at: 'following' }, actions: [{ do: 'watch' }] } : stay(state)
}

function inFollowing(config: ElectionConfig, state: At<'following'>, event: Event): Step {
  switch (event.is) {
    case 'watched':
    case 'read':
      return follow(config, state, event.lease)
    case 'read-failed':
      return { state, actions: [arm('poll', config.timing.retryMillis)] }
    case 'poll-due':
      return { state, actions: [{ do: 'read' }] }
    case 'expired':
      return state.lease === undefined ? stay(state) : take(state.lease)
    case 'stop':
      return { state: { at: 'stopped' }, actions: [disarm('expiry'), disarm('poll'), { do: 'unwatch' }] }
    default:
      return stay(state)
  }
}

function inTaking(config: ElectionConfig, state: At<'taking'>, event: Event): Step {
  switch (event.is) {
    case 'written':
      return state.stopping ? release(event.resourceVersion) : hold(config, event)
    case 'conflict':
      return state.stopping ? ended : { state: { at: 'following' }, actions: [{ do: 'read' }] }
    case 'write-failed':
      return state.stopping ? ended : { state: { at: 'following' }, actions: [arm('poll', config.timing.retryMillis)] }
    case 'stop':
      return stay({ at: 'taking', stopping: true })
    default:
      return stay(state)
  }
}

function inHolding(config: ElectionConfig, state: At<'holding'>, event: Event): Step {
  switch (event.is) {
    case 'settled':
      return settled(config, state)
    case 'poll-due':
      return state.doubt ? { state, actions: [{ do: 'read' }] } : renewOnce(state)
    case 'deadline-passed':
      return withFirst(fall(state, 'the lease could not be renewed in time'), { state: { at: 'following' }, actions: [{ do: 'read' }] })
    case 'stop':
      return withFirst(fall(state, 'told to end'), state.renewing ? stay({ at: 'releasing', sent: false }) : release(state.resourceVersion))
    default:
      return hearHolding(config, state, event)
  }
}

function hearHolding(config: ElectionConfig, state: At<'holding'>, event: Event): Step {
  switch (event.is) {
    case 'written':
      return { state: { ...state, resourceVersion: event.resourceVersion, renewing: false }, actions: renewed(config, event) }
    case 'watched':
      return suspect(config, state, event.lease)
    case 'conflict':
      return doubt({ ...state, renewing: false })
    case 'read':
      return confirm(config, state, event.lease)
    case 'read-failed':
      return { state, actions: [arm('poll', soonMillis)] }
    case 'write-failed':
      return { state: { ...state, renewing: false }, actions: [arm('poll', soonMillis)] }
    default:
      return stay(state)
  }
}

function inReleasing(state: At<'releasing'>, event: Event): Step {
  if (event.is === 'written' && !state.sent) return release(event.resourceVersion)
  const answered = event.is === 'written' || event.is === 'conflict' || event.is === 'write-failed'
  return answered ? ended : stay(state)
}

function follow(config: ElectionConfig, state: At<'following'>, lease: Lease | undefined): Step {
  if (lease === undefined)
    return { state: { at: 'taking', stopping: false }, actions: [disarm('expiry'), disarm('poll'), { do: 'create' }] }
  if (lease.holder === '' || lease.holder === config.identity) return take(lease)
  if (lease.resourceVersion === state.lease?.resourceVersion) return stay(state)
  return { state: { at: 'following', lease }, actions: [arm('expiry', lease.durationMillis)] }
}

const take = (lease: Lease): Step => ({
  state: { at: 'taking', stopping: false },
  actions: [disarm('expiry'), disarm('poll'), { do: 'take', lease }],
})

function hold(config: ElectionConfig, written: Extract<Event, { readonly is: 'written' }>): Step {
  return {
    state: { at: 'holding', resourceVersion: written.resourceVersion, leads: false, renewing: false, doubt: false },
    actions: [...renewed(config, written), arm('settle', config.timing.settleMillis)],
  }
}

/** Times count from the sending of the request, because others may have seen the lease from then on. */
function renewed({ timing }: ElectionConfig, { tookMillis }: Extract<Event, { readonly is: 'written' }>): readonly Action[] {
  return [
    { do: 'hold', agoMillis: tookMillis },
    arm('deadline', Math.max(0, timing.renewDeadlineMillis - tookMillis)),
    arm('poll', Math.max(0, timing.retryMillis - tookMillis)),
  ]
}

const doubt = (state: At<'holding'>): Step => ({ state: { ...state, doubt: true }, actions: [{ do: 'read' }] })

/** The watch may show a state from before the lease was taken, so the lease is read before it counts as lost. */
const suspect = (config: ElectionConfig, state: At<'holding'>, lease: Lease | undefined): Step =>
  lease?.holder === config.identity || state.doubt ? stay(state) : doubt(state)

const confirm = (config: ElectionConfig, state: At<'holding'>, lease: Lease | undefined): Step =>
  lease?.holder === config.identity ? stillOurs(state, lease) : lost(config, state, lease)

/** The own renewal took effect although its answer was lost, or the watch lagged. */
const stillOurs = (state: At<'holding'>, { resourceVersion }: Lease): Step => renewOnce({ ...state, resourceVersion, doubt: false })

const renewOnce = (state: At<'holding'>): Step =>
  state.renewing ? stay(state) : { state: { ...state, renewing: true }, actions: [{ do: 'renew', resourceVersion: state.resourceVersion }] }

/** The settle time has passed. In doubt leading does not begin. */
function settled(config: ElectionConfig, state: At<'holding'>): Step {
  if (state.leads) return stay(state)
  if (state.doubt) return { state, actions: [arm('settle', config.timing.settleMillis)] }
  return { state: { ...state, leads: true }, actions: [{ do: 'lead' }] }
}

function lost(config: ElectionConfig, state: At<'holding'>, lease: Lease | undefined): Step {
  const who = lease === undefined ? 'the lease was deleted' : `${lease.holder === '' ? 'nobody' : lease.holder} holds the lease now`
  return withFirst(fall(state, who), follow(config, { at: 'following' }, lease))
}

const release = (resourceVersion: string): Step => ({
  state: { at: 'releasing', sent: true },
  actions: [{ do: 'release', resourceVersion }],
})

const fall = (state: At<'holding'>, why: string): readonly Action[] => [
  ...(state.leads ? [{ do: 'step-down', why } as const] : []),
  disarm('deadline'),
  disarm('settle'),
  disarm('poll'),
]

const withFirst = (first: readonly Action[], { state, actions }: Step): Step => ({ state, actions: [...first, ...actions] })
