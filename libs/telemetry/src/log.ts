import { createLogger, format, transports } from 'winston'
import type { Level, Log, LogEvent } from './log-line'
import { plainText } from './plain-text'

/**
 * JSON lines on standard output, one per event: `time` (ISO 8601), `level`, then `who` (`{ pod }` or `{ node }`, in every line), then the
 * event's facts under the names they have there. Texts are plain: whatever a router or an object says, a line stays one line.
 */
export function createLog(level: Level, who: Readonly<Record<string, string>>): Log {
  const logger = createLogger({ level, format: lineFormat(who), transports: [new transports.Console()] })
  const at = (name: Level) => (facts: LogEvent) => void logger.log({ level: name, message: facts.event, facts })
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

/** One event as a line of JSON in which each text is plain. */
export function lineFormat(who: Readonly<Record<string, string>>): ReturnType<typeof format.combine> {
  const line = format.printf(({ level, timestamp, facts }) => plainJson({ time: timestamp, level, ...who, ...(facts as LogEvent) }))
  return format.combine(format.timestamp(), line)
}

const plainJson = (line: object): string =>
  JSON.stringify(line, (_, value: unknown) => (typeof value === 'string' ? plainText(value) : value))
