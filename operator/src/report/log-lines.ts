import type { LogLine } from '@loadstone/telemetry'
import type { ServiceWrite, StatusWrite, Write } from '../publish/write'
import type { PassEvent } from '../reconcile'

/** The fields of a write's outcome that are logged. */
type LoggedOutcome = { readonly is: string; readonly message?: string; readonly status?: number }

export function lineOfWrite(write: Write, outcome: LoggedOutcome): LogLine {
  const what = subjectOf(write)
  switch (outcome.is) {
    case 'written':
      return lineOf(write)
    case 'refused':
      return { level: 'error', event: 'write-refused', ...what, status: outcome.status, message: outcome.message }
    case 'failed':
      return { level: 'warn', event: 'write-failed', ...what, message: outcome.message }
    default:
      // Conflicts and missing objects are normal: the next pass decides from the current state.
      return {
        level: 'debug',
        event: `write-${outcome.is}`,
        ...what,
        ...(outcome.message === undefined ? {} : { message: outcome.message }),
      }
  }
}

/** In mode observe, the line of a write that is not performed. */
export const lineOfIntention = (write: Write): LogLine => ({ ...lineOf(write), level: 'info', would: true })

function lineOf(write: Write): LogLine {
  switch (write.do) {
    case 'service-status':
      return serviceLine(write)
    case 'status':
      return statusLine(write)
    case 'status-object':
    case 'status-object-status':
      return { level: 'debug', event: 'object', ...subjectOf(write) }
    case 'apply':
      return { level: 'debug', event: 'plan-written', ...subjectOf(write), ...sizes(write.object.spec) }
    case 'delete':
      return { level: 'debug', event: 'plan-deleted', ...subjectOf(write) }
    case 'password':
      return { level: 'info', event: 'password-kept', ...subjectOf(write), peer: write.peer.name }
  }
}

function serviceLine(write: ServiceWrite): LogLine {
  const reasons = Object.fromEntries(
    write.conditions.map(({ type, reason }) => [type === 'loadstone.dev/Allocated' ? 'allocated' : 'announced', reason]),
  )
  const messages = write.conditions.map(({ message }) => message).join(' ')
  return { level: 'info', event: 'service', ...subjectOf(write), ips: write.ips, pool: write.pool, ...reasons, message: messages }
}

function statusLine(write: StatusWrite): LogLine {
  const accepted = write.conditions.find(({ type }) => type === 'Accepted')
  const refused = accepted?.status === 'False'
  return {
    level: refused ? 'warn' : 'debug',
    event: refused ? 'object-refused' : 'object',
    ...subjectOf(write),
    reason: accepted?.reason,
    message: accepted?.message,
  }
}

function subjectOf(write: Write): Readonly<Record<string, string>> {
  switch (write.do) {
    case 'service-status':
      return { service: `${write.service.namespace}/${write.service.name}` }
    case 'status':
      return { kind: write.kind, name: write.object.name }
    case 'apply':
      return { kind: write.object.kind, name: write.name }
    case 'status-object':
    case 'status-object-status':
    case 'delete':
      return { kind: write.kind, name: write.name }
    case 'password':
      return { kind: 'Secret', name: write.name }
  }
}

/** The lengths of all lists, which are too long for a line themselves. */
const sizes = (spec: object): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(spec).flatMap(([field, value]) => (Array.isArray(value) ? [[field, value.length]] : [])))

export function lineOfPass(event: PassEvent): LogLine {
  switch (event.is) {
    case 'waiting':
      return { level: 'info', event: 'waiting', message: `Nothing is decided before everything has been seen once. ${event.why}` }
    case 'frozen':
      return { level: 'warn', event: 'frozen', message: `Not everything can be read, so nothing is changed. ${event.why}` }
    case 'interrupted':
      return { level: 'debug', event: 'interrupted', message: `Writes were ${event.why}; the next leader decides anew.` }
    case 'passed':
      return linePassed(event)
  }
}

function linePassed({ decision, writes, unwritten, thinkMillis, writeMillis }: Extract<PassEvent, { is: 'passed' }>): LogLine {
  const services = decision.decided?.world.services.length
  return {
    level: 'debug',
    event: 'pass',
    services,
    writes,
    ...(unwritten.length === 0 ? {} : { unwritten: unwritten.length }),
    thinkMillis: Math.round(thinkMillis * 10) / 10,
    writeMillis: Math.round(writeMillis * 10) / 10,
  }
}

/** Drops a line that equals the one before, so that a lasting state is logged once and not in each pass. */
export function withoutRepetition(write: (line: LogLine) => void): (line: LogLine) => void {
  let last = ''
  return (line) => {
    const text = JSON.stringify(line)
    if (text !== last) write(line)
    last = text
  }
}
