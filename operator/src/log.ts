import { createLogger, format, transports } from 'winston'
import type { Level, Line } from './narrate'

/** JSON lines on standard output, one per event. */
export function createLog(level: string, pod: string): (line: Line) => void {
  const line = format.printf(({ level: severity, timestamp, message: _, line: fields }) =>
    JSON.stringify({ time: timestamp, level: severity, pod, ...(fields as object) }),
  )
  const logger = createLogger({ level, format: format.combine(format.timestamp(), line), transports: [new transports.Console()] })
  return ({ level: severity, ...fields }) => void logger.log({ level: severity satisfies Level, message: '', line: fields })
}
