import { createLogger, format, transports } from 'winston'
import type { Level, Log, LogEvent } from './log-line'
import { plainText } from './plain-text'

/**
 * JSON lines on standard output, one per event: `time` (ISO 8601), `level`, then `who` (`{ pod }` or `{ node }`, in every line), then the
 * event's facts under the names they have there. Texts are plain: whatever a router or an object says, a line stays one line.
 */
export function createLog(level: Level, who: Readonly<Record<string, string>>): Log {
  const line = format.printf(({ level: severity, timestamp, facts }) =>
    jsonLine({ time: timestamp, level: severity, ...who, ...(facts as LogEvent) }),
  )
  const logger = createLogger({ level, format: format.combine(format.timestamp(), line), transports: [new transports.Console()] })
  const at = (name: Level) => (facts: LogEvent) => void logger.log({ level: name, message: facts.event, facts })
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}

/** An object as JSON in which each text is plain. */
export const jsonLine = (line: object): string =>
  JSON.stringify(line, (_, value: unknown) => (typeof value === 'string' ? plainText(value) : value))
