import type { ApiAnswer } from '../client/api-server'
import { statusOf } from '../client/http-api-server'
import type { KubeObject } from '../client/object'
import type { Event } from './fsm'

type List = {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }
  readonly items?: readonly KubeObject[] | null
}

/** The answer to a LIST as an event of the state machine. */
export function pageOf(answer: ApiAnswer): Event {
  if (answer.status !== 200) return refusal(answer)
  const { metadata = {}, items, ...type } = answer.body as List
  if (metadata.resourceVersion === undefined || items === undefined) return { is: 'unreachable', message: 'what came back is no list' }
  const { continue: token = '' } = metadata
  const place = token === '' ? {} : { continueToken: token }
  return { is: 'page', items: (items ?? []).map(typed(type)), resourceVersion: metadata.resourceVersion, ...place }
}

function refusal(answer: ApiAnswer): Event {
  const { code, message = '' } = statusOf(answer)
  const wait = answer.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: answer.retryAfterSeconds }
  return { is: 'refused', status: code, message, ...wait }
}

/** Adds apiVersion and kind, which only the list has and its items lack. An object is then equal from LIST and from WATCH. */
const typed =
  ({ apiVersion = '', kind = '' }: Pick<List, 'apiVersion' | 'kind'>) =>
  (item: KubeObject): KubeObject => ({ apiVersion, kind: kind.replace(/List$/, ''), ...item })
