/**
 * Who of two speakers on one node carries out the plan, while one replaces the other. Binding the abstract socket's name is the
 * lock: whoever holds it serves, or is about to. A newcomer prepares (L2 included: both answer with the same MAC, which harms
 * nobody), then asks the holder to leave, and starts BGP once it has left, because two sessions from one node would collide.
 */
export type State =
  /** Trying to get the name, or to reach who has it. A stand-by has handed over before: it never takes the role from who serves. */
  | { readonly at: 'looking'; readonly prepared: boolean; readonly standBy: boolean }
  /** Has the name, but nothing to carry out yet. */
  | { readonly at: 'alone' }
  /** Connected to who serves, not yet ready to replace it. */
  | { readonly at: 'following' }
  /** Has asked the other to leave. */
  | { readonly at: 'asking' }
  /** Without the name only where its holder hangs: until that one leaves or dies, the name is not to be had. */
  | { readonly at: 'serving'; readonly bound: boolean }
  /** Was asked to leave and is doing so. */
  | { readonly at: 'leaving'; readonly successorLost: boolean }
  /** Idle: has handed over, and watches the one that serves in order to take the role up again if that one ends. */
  | { readonly at: 'left' }

export type Event =
  | 'bound'
  | 'name-taken'
  /** Connected to the holder of the name. */
  | 'reached'
  /** Nobody accepts connections under the name. */
  | 'nobody'
  /** The plan is read, sockets are open, L2 is applied. */
  | 'prepared'
  | 'holder-left'
  | 'holder-lost'
  | 'holder-silent'
  | 'successor-asks'
  | 'successor-lost'
  /** Everything announced has been given up, without a word on L2. */
  | 'gone'
  | 'retry-due'

export type Action = 'bind' | 'unbind' | 'connect' | 'ask' | 'say-left' | 'serve' | 'leave' | 'await-answer' | 'retry-soon'

export type Step = { readonly state: State; readonly actions: readonly Action[] }

export const begin: Step = { state: { at: 'looking', prepared: false, standBy: false }, actions: ['bind'] }

const serving: State = { at: 'serving', bound: true }
const go = (state: State, ...actions: readonly Action[]): Step => ({ state, actions })

/** Total and pure: an event that means nothing in a state changes nothing. */
export function step(state: State, event: Event): Step {
  switch (state.at) {
    case 'looking':
      return whenLooking(state, event)
    case 'alone':
      return whenAlone(state, event)
    case 'following':
      return whenFollowing(state, event)
    case 'asking':
      return whenAsking(state, event)
    case 'serving':
      return whenServing(state, event)
    case 'leaving':
      return whenLeaving(state, event)
    case 'left':
      return whenLeft(state, event)
  }
}

type At<S extends State['at']> = Extract<State, { readonly at: S }>

function whenLooking(state: At<'looking'>, event: Event): Step {
  switch (event) {
    case 'bound':
      return state.prepared ? go(serving, 'serve') : go({ at: 'alone' })
    case 'name-taken':
      return go(state, 'connect')
    case 'reached':
      return whenReached(state)
    case 'nobody': // taken a moment ago, and nobody there: it is ending
      return go(state, 'retry-soon')
    case 'retry-due':
      return go(state, 'bind')
    case 'prepared':
      return go({ ...state, prepared: true })
    case 'successor-asks': // it reached us while we had the name; who has it now, it finds by itself
      return go(state, 'say-left')
    default:
      return go(state)
  }
}

function whenReached({ standBy, prepared }: At<'looking'>): Step {
  if (standBy) return go({ at: 'left' })
  return prepared ? go({ at: 'asking' }, 'ask', 'await-answer') : go({ at: 'following' })
}

function whenAlone(state: At<'alone'>, event: Event): Step {
  if (event === 'prepared') return go(serving, 'serve')
  if (event === 'successor-asks') return go({ at: 'leaving', successorLost: false }, 'leave')
  return go(state)
}

function whenFollowing(state: At<'following'>, event: Event): Step {
  if (event === 'prepared') return go({ at: 'asking' }, 'ask', 'await-answer')
  if (event === 'holder-lost') return go({ at: 'looking', prepared: false, standBy: false }, 'bind')
  return go(state)
}

function whenAsking(state: At<'asking'>, event: Event): Step {
  switch (event) {
    case 'holder-left': // not yet: a stand-by of the holder may be quicker, and only the name decides
    case 'holder-lost':
      return go({ at: 'looking', prepared: true, standBy: false }, 'bind')
    case 'holder-silent': // it hangs; its pod is about to be ended, and waiting longer would leave this node without BGP
      return go({ at: 'serving', bound: false }, 'serve')
    default:
      return go(state)
  }
}

function whenServing(state: At<'serving'>, event: Event): Step {
  if (state.bound) return event === 'successor-asks' ? go({ at: 'leaving', successorLost: false }, 'leave') : go(state)
  switch (event) {
    case 'holder-left':
    case 'holder-lost':
    case 'retry-due':
      return go(state, 'bind')
    case 'bound':
      return go(serving)
    case 'name-taken':
      return go(state, 'connect')
    case 'reached':
      return go(state, 'ask')
    case 'nobody':
      return go(state, 'retry-soon')
    default:
      return go(state)
  }
}

function whenLeaving(state: At<'leaving'>, event: Event): Step {
  if (event === 'successor-lost' || event === 'successor-asks') return go({ at: 'leaving', successorLost: event === 'successor-lost' })
  if (event !== 'gone') return go(state)
  return state.successorLost ? go(serving, 'serve') : go({ at: 'left' }, 'unbind', 'say-left')
}

function whenLeft(state: At<'left'>, event: Event): Step {
  if (event === 'successor-asks') return go(state, 'say-left')
  const lost = event === 'successor-lost' || event === 'holder-lost'
  return lost ? go({ at: 'looking', prepared: true, standBy: true }, 'bind') : go(state)
}
