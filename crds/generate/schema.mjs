// How schemas of the plan become TypeScript: the type name of each field, and the validator keyword of each rule.

/** Type names, with the paths of their schemas in the manifests. Schemas with one name must be equal. */
const paths = {
  AnnouncementPlanSpec: ['AnnouncementPlan.spec'],
  PlannedSession: ['AnnouncementPlan.spec.sessions[]'],
  PlannedBfd: ['AnnouncementPlan.spec.sessions[].bfd'],
  SecretReference: ['AnnouncementPlan.spec.sessions[].passwordSecret'],
  Leaving: ['AnnouncementPlan.spec.leaving'],
  Partner: ['AnnouncementPlan.spec.partners[]'],
  PartnerLink: ['AnnouncementPlan.spec.partners[].links[]'],
  AnnouncementPlanStatus: ['AnnouncementPlan.status'],
  InterfaceStatus: ['AnnouncementPlan.status.interfaces[]'],
  SessionStatus: ['AnnouncementPlan.status.sessions[]'],
  SessionState: ['AnnouncementPlan.status.sessions[].state'],
  Negotiated: ['AnnouncementPlan.status.sessions[].negotiated'],
  BfdStatus: ['AnnouncementPlan.status.sessions[].bfd'],
  BfdState: ['AnnouncementPlan.status.sessions[].bfd.state'],
  ClaimStatus: ['AnnouncementPlan.status.claims[]'],
  Condition: ['AnnouncementPlan.status.conditions[]'],
  ConditionStatus: ['AnnouncementPlan.status.conditions[].status'],
  AnnouncementSliceSpec: ['AnnouncementSlice.spec'],
  L2Entry: ['AnnouncementSlice.spec.l2[]'],
  PlannedRoute: ['AnnouncementSlice.spec.routes[]', 'RouteSet.spec.routes[]'],
  RouteSetSpec: ['RouteSet.spec'],
}

/** Types that are written by hand in libs/ip and libs/plan. */
const given = {
  Family: ['AnnouncementPlan.spec.sessions[].families[]'],
  ServiceKey: ['AnnouncementSlice.spec.l2[].services[]', 'AnnouncementSlice.spec.routes[].services[]', 'RouteSet.spec.routes[].services[]'],
}

/** Formats of texts that CEL cannot express. The manifests state them in descriptions only. */
const grammars = {
  community: ['AnnouncementSlice.spec.routes[].communities[]', 'RouteSet.spec.routes[].communities[]'],
  pattern: ['AnnouncementPlan.spec.excludeInterfaces[]'],
  mac: ['AnnouncementPlan.spec.partners[].links[].mac'],
}

/** Validator keyword of each CEL rule. The generation fails for any other rule. */
const rules = [
  [/^isIP\(self\)$/, () => ({ format: 'ip' })],
  [/^isIP\(self\) && ip\(self\)\.family\(\) == 4$/, () => ({ format: 'ipv4' })],
  [/^isCIDR\(self\)$/, () => ({ format: 'prefix' })],
  [/^has\(self\.(\w+)\) != has\(self\.(\w+)\)$/, (one, other) => ({ exactlyOne: [[one, other]] })],
  [/^self == 0 \|\| self >= (\d+)$/, (least) => ({ holdTime: Number(least) })],
  // Rules for the API server only: about the old object, metadata or size.
  [/^self\.node == oldSelf\.node$/, () => ({})],
  [/^self\.metadata\.name == self\.spec\.node$/, () => ({})],
  [/^size\(self\.l2\) \+ size\(self\.routes\) <= 256$/, () => ({})],
]

/** Bounds of an integer by its format, where the schema has none. JSON numbers are exact to 2⁵³ − 1. */
const bounds = { int32: [-(2 ** 31), 2 ** 31 - 1], int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] }

const byPath = (table) => new Map(Object.entries(table).flatMap(([name, places]) => places.map((path) => [path, name])))
const [namedAt, givenAt, grammarAt] = [byPath(paths), byPath(given), byPath(grammars)]

/** Every schema within one, with its path. */
function* within(schema, path) {
  yield [path, schema]
  for (const [name, field] of Object.entries(schema.properties ?? {})) yield* within(field, `${path}.${name}`)
  if (schema.items) yield* within(schema.items, `${path}[]`)
}

/** The schemas of the plan's kinds by path. Throws if a table above does not match the manifests. */
export function schemasOf(crds) {
  const schemas = new Map()
  for (const { spec } of crds) {
    const root = spec.versions.find(({ storage }) => storage).schema.openAPIV3Schema
    for (const { rule } of root['x-kubernetes-validations'] ?? []) meaningOf(rule, spec.names.kind)
    for (const part of ['spec', 'status']) {
      if (root.properties[part] === undefined) continue
      for (const [path, schema] of within(root.properties[part], `${spec.names.kind}.${part}`)) schemas.set(path, schema)
    }
  }
  for (const path of [...namedAt.keys(), ...givenAt.keys(), ...grammarAt.keys()]) {
    if (!schemas.has(path)) throw new Error(`crds/generate/schema.mjs names ${path}, which the manifests do not have`)
  }
  for (const [name, places] of Object.entries(paths)) {
    if (new Set(places.map((path) => JSON.stringify(schemas.get(path)))).size > 1)
      throw new Error(`${name} differs between ${places.join(', ')}`)
  }
  return schemas
}

/** Name and path of each type to be generated. */
export const types = Object.entries(paths).map(([name, [path]]) => [name, path])

/** A field for json-schema-to-typescript. A schema with a name becomes a reference. */
export function asType(schema, path, top = true) {
  const { description, type, enum: words, required } = schema
  const name = givenAt.get(path) ?? (top ? undefined : namedAt.get(path)) ?? brandOf(schema)
  if (name !== undefined) return { tsType: name, description }
  return {
    ...{ description, type, ...(words ? { enum: words } : {}), ...(required ? { required } : {}) },
    ...(schema.items ? { items: asType(schema.items, `${path}[]`, false) } : {}),
    ...(schema.properties ? { properties: mapValues(schema.properties, (field, key) => asType(field, `${path}.${key}`, false)) } : {}),
  }
}

const brandOf = (schema) => (meaningsOf(schema).some(({ format }) => format === 'ip' || format === 'ipv4') ? 'Ip' : undefined)

const known = ['description', 'type', 'properties', 'required', 'items', 'enum', 'minimum', 'maximum', 'minItems', 'minLength', 'format']
/** Keywords left out: size limits and list types, which only the API server needs. */
const unread = ['maxItems', 'maxLength', 'x-kubernetes-list-type', 'x-kubernetes-list-map-keys', 'x-kubernetes-validations']

/** A field for ajv, with the keywords of validators.mjs. Unknown fields are valid, because a later version may have them. */
export function asCheck(schema, path) {
  const foreign = Object.keys(schema).filter((key) => !known.includes(key) && !unread.includes(key))
  if (foreign.length > 0) throw new Error(`${path} has ${foreign.join(', ')}, which crds/generate/schema.mjs does not translate`)
  const { type, enum: words, required, minItems } = schema
  const grammar = grammarAt.get(path)
  return {
    ...(type === 'integer' ? { whole: rangeOf(schema, path) } : { type }),
    ...(words ? { enum: words } : {}),
    ...(type === 'string' && isFilled(schema, path) ? { filled: true } : {}),
    ...(required ? { required } : {}),
    ...(minItems === undefined ? {} : { minItems }),
    ...(grammar === undefined ? {} : { format: grammar }),
    ...merged(meaningsOf(schema, path)),
    ...(schema.items ? { items: asCheck(schema.items, `${path}[]`) } : {}),
    ...(schema.properties ? { properties: mapValues(schema.properties, (field, key) => asCheck(field, `${path}.${key}`)) } : {}),
  }
}

/** Texts of a spec must not be empty: Go writers do not distinguish an empty text from an absent one. Those of a status may be. */
function isFilled({ minLength, enum: words }, path) {
  if (minLength !== undefined && minLength !== 1) throw new Error(`${path}: a least length of ${minLength} has no translation`)
  return words === undefined && (minLength === 1 || /^\w+\.spec\b/.test(path))
}

function rangeOf({ minimum, maximum, format }, path) {
  if (bounds[format] === undefined) throw new Error(`${path}: an integer of format ${format} has no translation`)
  return [minimum ?? bounds[format][0], maximum ?? bounds[format][1]]
}

const meaningsOf = (schema, path) => (schema['x-kubernetes-validations'] ?? []).map(({ rule }) => meaningOf(rule, path))

function meaningOf(rule, path) {
  for (const [form, means] of rules) {
    const found = form.exec(rule)
    if (found) return means(...found.slice(1))
  }
  throw new Error(`${path}: the rule ${rule} has no translation in crds/generate/schema.mjs`)
}

const merged = (meanings) => {
  const pairs = meanings.flatMap(({ exactlyOne = [] }) => exactlyOne)
  return Object.assign({}, ...meanings, pairs.length === 0 ? {} : { exactlyOne: pairs })
}

const mapValues = (object, change) => Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]))
