const units: Readonly<Record<string, number>> = { ns: 1e-9, us: 1e-6, µs: 1e-6, μs: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 }

/** Whole seconds of a duration as Go writes it (`90s`, `1m30s`, `1.5h`), rounded down. Undefined: it is none. */
export function durationSeconds(text: string): number | undefined {
  if (/^[-+]?0$/.test(text)) return 0
  const [, sign = '', rest = ''] = /^([-+]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text) ?? []
  if (rest === '') return undefined
  const parts = [...rest.matchAll(/(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g)]
  const seconds = parts.reduce((sum, [, amount = '0', unit = 's']) => sum + Number(amount) * (units[unit] ?? 1), 0)
  // A tenth of a nanosecond forgives binary fractions: 0.3s and 0.7s are one second.
  return Math.trunc(sign === '-' ? -seconds : seconds + 1e-10)
}
