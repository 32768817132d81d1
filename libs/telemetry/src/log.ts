import { createLogger, format, transports } from 'winston'
import type { Level, Log, LogEvent } from './log-line'

/**
 * JSON lines on standard output, one per event: `time` (ISO 8601), `level`, then `who` (`{ pod }` or `{ node }`, in every line), then the
 * event's facts under the names they have there.
 */
export function createLog(level: Level, who: Readonly<Record<string, string>>): Log {
  const line = format.printf(({ level: severity, timestamp, facts }) =>
    JSON.stringify({ time: timestamp, level: severity, ...who, ...(facts as LogEvent) }),
  )
  const logger = createLogger({ level, format: format.combine(format.timestamp(), line), transports: [new transports.Console()] })
  const at = (name: Level) => (facts: LogEvent) => void logger.log({ level: name, message: facts.event, facts })
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}
