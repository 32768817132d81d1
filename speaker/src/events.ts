export type Level = 'error' | 'warn' | 'info' | 'debug'
export const isLevel = (text: string): text is Level => ['error', 'warn', 'info', 'debug'].includes(text)

/** One line of the log: what happened, and its facts. */
export type LogEvent = { readonly event: string } & Readonly<Record<string, unknown>>
export type Log = { readonly [level in Level]: (event: LogEvent) => void }
