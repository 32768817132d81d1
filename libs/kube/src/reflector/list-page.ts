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

/** What the answer to a LIST tells the reflector. */
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

/** Items of a list do not say their kind; the list does. The same object then looks alike from LIST and WATCH. */
const typed =
  ({ apiVersion = '', kind = '' }: Pick<List, 'apiVersion' | 'kind'>) =>
  (item: KubeObject): KubeObject => ({ apiVersion, kind: kind.replace(/List$/, ''), ...item })
