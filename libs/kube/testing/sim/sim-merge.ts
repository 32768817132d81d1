/** Values of API objects, as the simulated server merges them. */
export type JsonObject = null | boolean | number | string | readonly JsonObject[] | { readonly [field: string]: JsonObject }
export type ObjectFields = { readonly [field: string]: JsonObject }

const isFields = (value: JsonObject | undefined): value is ObjectFields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** JSON merge patch (RFC 7386): null removes a field, lists are replaced whole. */
export function merge(target: ObjectFields, patch: ObjectFields): ObjectFields {
  const entries = new Map(Object.entries(target))
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) entries.delete(field)
    else entries.set(field, isFields(value) ? merge(asFields(entries.get(field)), value) : value)
  }
  return Object.fromEntries(entries)
}

const asFields = (value: JsonObject | undefined): ObjectFields => (isFields(value) ? value : {})
