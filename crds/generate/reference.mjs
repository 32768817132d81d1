/** docs/crds.md: every field of every kind, with the rules that the API server checks. */
export function reference(crds) {
  const groups = [...new Set(crds.map(({ spec }) => spec.group))].sort().reverse() // those that people write come first
  return [
    '<!-- Generated from crds/manifests by crds/generate.mjs. Do not edit. -->',
    '# Custom resources',
    '',
    'The API server checks everything in the column *rules* by itself, without a webhook. What takes several objects to decide',
    '(overlapping pools, names that must exist, a range whose start lies after its end) the operator decides; it reports on the',
    'object, in the conditions `Accepted` and `InForce`: what was in force before stays. `kubectl explain` shows the same descriptions.',
    '',
    'A field marked * is required. All kinds are namespaced.',
    ...groups.flatMap((group) => ['', `## ${group}`, ...crds.filter(({ spec }) => spec.group === group).flatMap(kind)]),
    '',
  ].join('\n')
}

function kind({ spec }) {
  const version = spec.versions.find(({ storage }) => storage)
  const older = spec.versions.filter(({ storage }) => !storage).map(({ name }) => `\`${name}\` (deprecated, same fields)`)
  const schema = version.schema.openAPIV3Schema
  const short = (spec.names.shortNames ?? []).map((name) => `, short \`${name}\``).join('')
  const rules = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => `\n\nRule: ${message}.`).join('')
  const { spec: wanted, status } = schema.properties
  return [
    '',
    `### ${spec.names.kind}`,
    '',
    `${schema.description}${rules}`,
    '',
    `\`${spec.group}/${version.name}\`${older.map((text) => `, ${text}`).join('')}; \`kubectl get ${spec.names.plural} -A\`${short}.`,
    ...table('spec', wanted),
    ...table('status', status),
  ]
}

function table(name, schema) {
  if (schema?.properties === undefined) return []
  const own = (schema['x-kubernetes-validations'] ?? []).map(({ message }) => `- ${message}`)
  return [
    '',
    `| ${name} | type | rules | meaning |`,
    '|---|---|---|---|',
    ...fields('', schema).map(({ path, required, field }) => {
      const cells = [`\`${path}\`${required ? ' *' : ''}`, typeOf(field), rulesOf(field).join('; '), field.description ?? '']
      return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
    }),
    ...(own.length === 0 ? [] : ['', 'Rules that concern several fields:', '', ...own]),
  ]
}

/** Fields in depth-first order, without those of selectors and conditions, which are Kubernetes' own. */
function fields(prefix, schema) {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}${field.type === 'array' ? '[]' : ''}`
    const inner = field.type === 'array' ? field.items : field
    const known = name === 'conditions' || inner.properties?.matchLabels !== undefined
    return [{ path, required: schema.required?.includes(name), field }, ...(known ? [] : fields(`${path}.`, inner))]
  })
}

function typeOf(field) {
  if (field.type === 'array') return `${typeOf(field.items)}[]`
  if (field.properties?.matchLabels) return 'LabelSelector'
  if (field.properties?.lastTransitionTime) return 'Condition'
  if (field.additionalProperties) return `map of ${field.additionalProperties.type}`
  return field.enum ? field.enum.join(' | ') : field.type
}

function rulesOf(field) {
  const own = []
  if (field.default !== undefined) own.push(`default ${JSON.stringify(field.default)}`)
  own.push(...limits('', field.minimum, field.maximum), ...limits(' entries', field.minItems, field.maxItems))
  if (field['x-kubernetes-list-type'] === 'set') own.push('no duplicates')
  if (field['x-kubernetes-list-type'] === 'map') own.push(`unique by ${field['x-kubernetes-list-map-keys'].join(', ')}`)
  own.push(...limits(' characters', field.minLength, field.maxLength))
  own.push(...(field.properties?.matchLabels ? [] : (field['x-kubernetes-validations'] ?? []).map(({ message }) => message)))
  return field.type === 'array' && field.items.properties === undefined ? [...own, ...rulesOf(field.items)] : own
}

function limits(of, least, most) {
  if (least !== undefined && most !== undefined) return [`${least} to ${most}${of}`]
  if (least !== undefined) return [`at least ${least}${of}`]
  return most === undefined ? [] : [`at most ${most}${of}`]
}
