/**
 * Which of two speakers on one node carries out the plan, while one replaces the other. The lock is the bound name of an abstract socket:
 * its holder serves, or is about to. A newcomer prepares (L2 included: both answer with the same MAC, which does no harm), then asks
 * the holder to leave, and starts BGP once the holder has left, because two sessions from one node would collide.
 */
export type State =
  /** Tries to bind the name, or to reach its holder. A stand-by has handed over before, and never takes the role from a serving speaker. */
  | { readonly at: 'looking'; readonly prepared: boolean; readonly standBy: boolean }
  /** Holds the name, but is not prepared yet. */
  | { readonly at: 'alone' }
  /** Connected to the serving speaker, not yet prepared to replace it. */
  | { readonly at: 'following' }
  /** Has asked the holder to leave. */
  | { readonly at: 'asking' }
  /** `bound` is false only where the holder of the name hangs: the name is taken until that process leaves or dies. */
  | { readonly at: 'serving'; readonly bound: boolean }
  /** Was asked to leave and is giving everything up. */
  | { readonly at: 'leaving'; readonly successorLost: boolean }
  /** Idle: has handed over, and takes the role again if the serving speaker ends. */
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
  /** Everything announced has been given up, silently on L2. */
  | 'gone'
  | 'retry-due'

export type Action = 'bind' | 'unbind' | 'connect' | 'ask' | 'say-left' | 'serve' | 'leave' | 'await-answer' | 'retry-soon'

export type Step = { readonly state: State; readonly actions: readonly Action[] }

export const begin: Step = { state: { at: 'looking', prepared: false, standBy: false }, actions: ['bind'] }

const serving: State = { at: 'serving', bound: true }
const go = (state: State, ...actions: readonly Action[]): Step => ({ state, actions })

/** The transition function: total and pure. An event without meaning in a state changes nothing. */
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
    case 'nobody': // the name was taken a moment ago, so its holder is ending
      return go(state, 'retry-soon')
    case 'retry-due':
      return go(state, 'bind')
    case 'prepared':
      return go({ ...state, prepared: true })
    case 'successor-asks': // the successor connected while this process held the name, and finds the present holder by itself
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
    case 'holder-left': // does not serve yet: a stand-by may bind the name first, and only the name decides
    case 'holder-lost':
      return go({ at: 'looking', prepared: true, standBy: false }, 'bind')
    case 'holder-silent': // the holder hangs, and waiting longer would leave this node without BGP
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
