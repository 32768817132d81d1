import type { ElectionTiming } from './election'

/** A Lease as far as it decides who leads. */
export type Lease = {
  /** Empty: given back. */
  readonly holder: string
  readonly durationMillis: number
  readonly transitions: number
  readonly resourceVersion: string
}

export type ElectionConfig = { readonly identity: string; readonly timing: ElectionTiming }

export type State =
  | { readonly at: 'stopped' }
  /** `lease`: the one whose running out we wait for. */
  | { readonly at: 'following'; readonly lease?: Lease }
  /** A write is under way that makes us the holder. */
  | { readonly at: 'taking'; readonly stopping: boolean }
  /** `renewing`: the answer to a renewal is awaited. `doubt`: somebody else may have the lease; we are looking. */
  | {
      readonly at: 'holding'
      readonly resourceVersion: string
      readonly leads: boolean
      readonly renewing: boolean
      readonly doubt: boolean
    }
  /** `sent`: or else the answer to a renewal is awaited first. */
  | { readonly at: 'releasing'; readonly sent: boolean }

type At<Name extends State['at']> = Extract<State, { readonly at: Name }>

export type Event =
  | { readonly is: 'start' }
  | { readonly is: 'stop' }
  /** By the watch, which may lag behind. Without a lease: there is none. */
  | { readonly is: 'watched'; readonly lease?: Lease }
  /** By a GET: as it is now. */
  | { readonly is: 'read'; readonly lease?: Lease }
  | { readonly is: 'read-failed' }
  | { readonly is: 'written'; readonly resourceVersion: string; readonly tookMillis: number }
  /** The lease has changed since we read it. */
  | { readonly is: 'conflict' }
  /** Whether it took effect is unknown. */
  | { readonly is: 'write-failed' }
  | { readonly is: 'expired' }
  | { readonly is: 'poll-due' }
  | { readonly is: 'deadline-passed' }
  | { readonly is: 'settled' }

/** expiry: of another's lease. poll: read or renew again. deadline: to have renewed ours. settle: before we lead. */
export type Timer = 'expiry' | 'poll' | 'deadline' | 'settle'

export type Action =
  | { readonly do: 'watch' }
  | { readonly do: 'unwatch' }
  | { readonly do: 'read' }
  | { readonly do: 'create' }
  | { readonly do: 'take'; readonly lease: Lease }
  | { readonly do: 'renew'; readonly resourceVersion: string }
  | { readonly do: 'release'; readonly resourceVersion: string }
  /** The lease is ours, as of so long ago. */
  | { readonly do: 'hold'; readonly agoMillis: number }
  | { readonly do: 'lead' }
  | { readonly do: 'step-down'; readonly why: string }
  | { readonly do: 'arm'; readonly timer: Timer; readonly millis: number }
  | { readonly do: 'disarm'; readonly timer: Timer }

type Step = { readonly state: State; readonly actions: readonly Action[] }

/**
 * Who leads. A lease is taken only when it was given back, or when it has not moved for its whole duration on our own monotonic
 * clock, and always with the resourceVersion we saw, so that of several who take it one succeeds. Holding it, we lead until
 * `renewDeadline` after the last renewal was *sent*, which is before anybody else can have waited for `duration`.
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

/** While we hold the lease a failure is followed up soon: the deadline is near. */
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

/** Counted from when the request was sent: the others may have seen it from then on. */
function renewed({ timing }: ElectionConfig, { tookMillis }: Extract<Event, { readonly is: 'written' }>): readonly Action[] {
  return [
    { do: 'hold', agoMillis: tookMillis },
    arm('deadline', Math.max(0, timing.renewDeadlineMillis - tookMillis)),
    arm('poll', Math.max(0, timing.retryMillis - tookMillis)),
  ]
}

const doubt = (state: At<'holding'>): Step => ({ state: { ...state, doubt: true }, actions: [{ do: 'read' }] })

/** The watch may tell of the time before we took the lease: look, before believing that it was taken from us. */
const suspect = (config: ElectionConfig, state: At<'holding'>, lease: Lease | undefined): Step =>
  lease?.holder === config.identity || state.doubt ? stay(state) : doubt(state)

const confirm = (config: ElectionConfig, state: At<'holding'>, lease: Lease | undefined): Step =>
  lease?.holder === config.identity ? stillOurs(state, lease) : lost(config, state, lease)

/** Our own renewal had taken effect although its answer was lost, or the watch had lagged. */
const stillOurs = (state: At<'holding'>, { resourceVersion }: Lease): Step => renewOnce({ ...state, resourceVersion, doubt: false })

const renewOnce = (state: At<'holding'>): Step =>
  state.renewing ? stay(state) : { state: { ...state, renewing: true }, actions: [{ do: 'renew', resourceVersion: state.resourceVersion }] }

/** Nobody begins to lead in doubt. */
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
