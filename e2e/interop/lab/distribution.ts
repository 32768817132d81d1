/** The smallest sample that at least this share of the samples does not exceed. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = Math.max(0, Math.ceil(share * sorted.length) - 1)
  const found = sorted[at]
  if (found === undefined) throw new Error('no samples')
  return found
}

/** All samples in a line, for whoever reads the run. */
export const distribution = (what: string, samples: readonly number[]): string => {
  const [least, half, most] = [0, 0.5, 1].map((share) => Math.round(quantile(samples, share)))
  const all = samples.toSorted((a, b) => a - b).map(Math.round)
  return `${what}: ${samples.length} samples, least ${least}, p50 ${half}, p90 ${Math.round(quantile(samples, 0.9))}, most ${most} ms (${all.join(' ')})`
}

/** Asserts that nine samples of ten are within the limit, because a machine may delay a process, and that none is too early. */
export function judge(what: string, samples: readonly number[], promise: { readonly earliest?: number; readonly latest: number }): void {
  const { earliest = Number.NEGATIVE_INFINITY, latest } = promise
  const words = distribution(what, samples)
  process.stdout.write(`${words}\n`)
  if (quantile(samples, 0) < earliest) throw new Error(`earlier than ${earliest} ms. ${words}`)
  if (quantile(samples, 0.9) > latest) throw new Error(`p90 is later than ${latest} ms. ${words}`)
}
