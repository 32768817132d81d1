/** Seconds since 1970 of an RFC 3339 time in UTC, as Kubernetes writes it. Undefined for any other text. */
export function secondsOf(text: string): number | undefined {
  const found = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?Z$/.exec(text)
  if (found === null) return undefined
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = found.slice(1, 7).map(Number)
  return daysBefore(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
}

/** Days from 1970-01-01 in the Gregorian calendar. Years begin in March, so that the leap day is their last. */
function daysBefore(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468
}

const units: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, μs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 }

/** Whole seconds of a duration as Go writes it (`90s`, `1m30s`, `1.5h`), rounded down. Undefined for any other text. */
export function durationSeconds(text: string): number | undefined {
  if (/^[-+]?0$/.test(text)) return 0
  const [, sign = '', rest = ''] = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text) ?? []
  if (rest === '') return undefined
  const parts = [...rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)]
  const seconds = parts.reduce((sum, [, amount = '0', unit = 's']) => sum + Number(amount) * (units[unit] ?? 1), 0)
  // A tenth of a nanosecond compensates for binary fractions: 0.3s plus 0.7s is one second.
  return Math.trunc(sign === '-' ? -seconds : seconds + 1e-10)
}
