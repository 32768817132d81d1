/** Levels, the most urgent first. A level that is set includes those before it. */
export const levels = ['error', 'warn', 'info', 'debug'] as const
export type Level = (typeof levels)[number]

/** An event under a name that never changes, and its facts. */
export type LogEvent = { readonly event: string } & Readonly<Record<string, unknown>>

/** An event with its level, for pure functions that decide both. */
export type LogLine = LogEvent & { readonly level: Level }

/** Where events go. Only a program's main file creates one that writes. */
export type Log = { readonly [level in Level]: (event: LogEvent) => void }

/** Writes lines that carry their level. */
export const lineWriter =
  (log: Log) =>
  ({ level, ...event }: LogLine): void =>
    log[level](event)
