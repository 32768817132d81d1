const decimal = /^(0|[1-9]\d{0,9})$/

/** Whether there are `count` decimal numbers between colons, none above `max`, without leading zeros. */
function numbers(text: string, count: number, max: number): boolean {
  const parts = text.split(':')
  return parts.length === count && parts.every((part) => decimal.test(part) && Number(part) <= max)
}

/** RFC 1997 in its canonical text `a:b`, each half 0–65535. Equal communities are equal strings. */
export const isCommunity = (text: string): boolean => numbers(text, 2, 0xffff)

/** RFC 8092 in its canonical text `a:b:c`, each part 0–4294967295 (§5). Equal communities are equal strings. */
export const isLargeCommunity = (text: string): boolean => numbers(text, 3, 0xffff_ffff)
