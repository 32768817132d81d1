import { createLogger, format, transports } from 'winston'
import type { Level, Log, LogEvent } from './events'

/** JSON lines on standard output, one per event. */
export function createLog(level: Level, node: string): Log {
  const line = format.printf(({ level: severity, timestamp, message: _, ...event }) =>
    JSON.stringify({ time: timestamp, level: severity, node, ...event }),
  )
  const logger = createLogger({ level, format: format.combine(format.timestamp(), line), transports: [new transports.Console()] })
  const at = (name: Level) => (event: LogEvent) => void logger.log({ level: name, message: '', ...event })
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') }
}
