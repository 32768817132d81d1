/** Measured times in milliseconds, as a line to print, and quantiles of them: `at(0.9)` is what nine of ten do not exceed. */
export function spread(what: string, values: readonly number[]): { readonly line: string; at(share: number): number } {
  const sorted = values.map((value) => Math.round(value)).sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? sorted[0] ?? Number.NaN
  return { line: `${what}, ms: ${sorted.join(' ')}; p50 ${at(0.5)}, p90 ${at(0.9)}`, at }
}
