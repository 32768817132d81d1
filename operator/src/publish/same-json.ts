/** Equal as JSON: the order of keys does not count, and an absent field equals an undefined one. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => sameJson(item, b[i]))
  return Array.isArray(a) === Array.isArray(b) && sameFields(a as JsonFields, b as JsonFields)
}

type JsonFields = Readonly<Record<string, unknown>>

function sameFields(a: JsonFields, b: JsonFields): boolean {
  let present = 0
  for (const key of Object.keys(a)) {
    if (a[key] === undefined) continue
    present++
    if (!Object.hasOwn(b, key) || !sameJson(a[key], b[key])) return false
  }
  return Object.keys(b).filter((key) => b[key] !== undefined).length === present
}
