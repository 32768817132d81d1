/** What an operator may ask for, the most urgent first: each includes those before it. */
export const levels = ['error', 'warn', 'info', 'debug'] as const
export type Level = (typeof levels)[number]

/** One thing that happened, under a name that never changes, and its facts. */
export type LogEvent = { readonly event: string } & Readonly<Record<string, unknown>>

/** An event that carries its level, where a pure function decides both. */
export type LogLine = LogEvent & { readonly level: Level }

/** Where events go. Only the process's edge has a real one. */
export type Log = { readonly [level in Level]: (event: LogEvent) => void }

/** Writes lines that carry their level. */
export const lineWriter =
  (log: Log) =>
  ({ level, ...event }: LogLine): void =>
    log[level](event)
