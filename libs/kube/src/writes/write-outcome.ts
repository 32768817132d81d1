import { type ApiAnswer, ApiUnreachable } from '../client/api-server'
import { statusOf } from '../client/http-api-server'
import type { WriteOutcome } from './write'

type WriteVerdict =
  | { readonly is: 'done'; readonly outcome: WriteOutcome }
  | { readonly is: 'again'; readonly afterMillis: number; readonly message: string }

const mostAttempts = 5

/** The outcome of a write after `attempts` calls, or the delay before the next. Each call of write-calls.ts is safe to repeat. */
export function judge(answer: ApiAnswer | ApiUnreachable, attempts: number, random: () => number): WriteVerdict {
  if (answer instanceof ApiUnreachable) {
    return answer.problem === 'aborted' ? done({ is: 'abandoned' }) : again(answer.message, attempts, 0, random)
  }
  return outcomeOf(answer) ?? again(statusOf(answer).message ?? '', attempts, (answer.retryAfterSeconds ?? 0) * 1000, random)
}
/** Undefined: another attempt may succeed. */
function outcomeOf(answer: ApiAnswer): WriteVerdict | undefined {
  const { status, body } = answer
  const { message = '' } = statusOf(answer)
  if (status >= 200 && status < 300) return done({ is: 'written', body })
  if (status >= 500 || passing.has(status)) return undefined
  if (status === 404) return done({ is: 'gone' })
  return done(status === 409 ? { is: 'conflict', message } : { is: 'refused', status, message })
}

/** Refusals that pass: 401 while the token is being renewed, 429 for too many requests at once. */
const passing = new Set([401, 429])

const done = (outcome: WriteOutcome): WriteVerdict => ({ is: 'done', outcome })

function again(message: string, attempts: number, atLeastMillis: number, random: () => number): WriteVerdict {
  if (attempts >= mostAttempts) return done({ is: 'failed', message })
  return { is: 'again', message, afterMillis: Math.round(atLeastMillis + 100 * 2 ** (attempts - 1) * (0.5 + random() / 2)) }
}
