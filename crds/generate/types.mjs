import { compile } from 'json-schema-to-typescript'
import ts from 'typescript'
import { asType, types } from './schema.mjs'

export const banner = '// Generated from crds/manifests by crds/generate.mjs. Do not edit.'
const options = { additionalProperties: false, bannerComment: '', ignoreMinAndMaxItems: true, format: false, unreachableDefinitions: true }

const storage = (crd) => crd.spec.versions.find((version) => version.storage)
const schemaOf = (crd) => storage(crd).schema.openAPIV3Schema

/** Schemas that several kinds repeat, because a CRD cannot refer to another. They are recognised by their fields. */
const shared = { LabelSelector: ['matchLabels', 'matchExpressions'], StatusCondition: ['type', 'status', 'reason', 'message'] }
const sharedName = (schema) =>
  Object.keys(shared).find((name) => schema.properties !== undefined && shared[name].every((field) => field in schema.properties))

/** The schema as JSON Schema, without x-kubernetes-… keywords, which do not affect the type. */
function translate(schema, top) {
  const name = top ? undefined : sharedName(schema)
  if (name !== undefined) return { tsType: name, description: schema.description }
  const entries = Object.entries(schema).filter(([key]) => !key.startsWith('x-kubernetes-') && key !== 'default')
  const translated = Object.fromEntries(entries)
  if (schema.properties) {
    const properties = Object.entries(schema.properties).map(([key, value]) => [key, translate(value)])
    translated.properties = Object.fromEntries(properties)
  }
  if (schema.default !== undefined) translated.description = `${schema.description} Default: ${JSON.stringify(schema.default)}.`
  if (schema.items) translated.items = translate(schema.items)
  if (typeof schema.additionalProperties === 'object') translated.additionalProperties = translate(schema.additionalProperties)
  return translated
}

/** The types of one kind: the object with its metadata, its spec and its status. */
export async function typesOf(crd) {
  const { group, names } = crd.spec
  const { spec, status } = schemaOf(crd).properties
  const parts = Object.entries({ Spec: spec, Status: status }).filter(([, schema]) => schema !== undefined)
  const definitions = Object.fromEntries(parts.map(([suffix, schema]) => [`${names.kind}${suffix}`, translate(schema)]))
  const properties = {
    apiVersion: { const: `${group}/${storage(crd).name}` },
    kind: { const: names.kind },
    metadata: { tsType: 'ObjectMeta' },
    ...Object.fromEntries(parts.map(([suffix]) => [suffix.toLowerCase(), { $ref: `#/definitions/${names.kind}${suffix}` }])),
  }
  const required = ['apiVersion', 'kind', 'metadata', ...(schemaOf(crd).required ?? [])]
  const { description } = schemaOf(crd)
  const code = await compile({ type: 'object', description, required, properties, definitions }, names.kind, options)
  const used = Object.keys(shared)
    .sort()
    .filter((name) => new RegExp(`\\b${name}\\b`).test(code))
  const imports = used.length === 0 ? '' : `import type { ${used.join(', ')} } from './shared'\n`
  return `${banner}\nimport type { ObjectMeta } from '../object-meta'\n${imports}\n${immutable(code)}`
}

/** The types that several kinds share. */
export async function sharedTypes(crds) {
  const found = new Map()
  const visit = (schema) => {
    const name = sharedName(schema)
    if (name !== undefined && !found.has(name)) found.set(name, schema)
    for (const child of [...Object.values(schema.properties ?? {}), ...(schema.items ? [schema.items] : [])]) visit(child)
  }
  for (const crd of crds) visit(schemaOf(crd))
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1))
  const codes = await Promise.all(sorted.map(([name, schema]) => compile(translate(schema, true), name, options)))
  return `${banner}\n\n${codes.map(immutable).join('\n')}`
}

/** libs/plan/src/generated/types.ts: what operator and speaker read and write, without the objects around it. */
export async function planTypes(schemas) {
  const codes = await Promise.all(types.map(([name, path]) => compile(asType(schemas.get(path), path), name, options)))
  const imports = `import type { Family, Ip } from '@loadstone/ip'\nimport type { ServiceKey } from '../names'`
  return `${banner}\n${imports}\n\n${codes.map(immutable).join('\n')}`
}

/** Group, version and plural of each kind. */
export function resources(crds) {
  const lines = crds.map(
    ({ spec: { group, names, versions } }) =>
      `  ${names.kind}: { group: '${group}', version: '${versions.find((version) => version.storage).name}', plural: '${names.plural}' },`,
  )
  return `${banner}\n\n/** Where the API server serves each kind. */\nexport const resources = {\n${lines.join('\n')}\n} as const\n`
}

/** Converts interfaces to types with readonly fields and arrays. */
function immutable(code) {
  const source = ts.createSourceFile('generated.ts', code, ts.ScriptTarget.ES2022, true)
  const { factory } = ts
  const readonly = factory.createModifier(ts.SyntaxKind.ReadonlyKeyword)
  const transform = (context) => (file) => {
    const visit = (node) => {
      const seen = ts.visitEachChild(node, visit, context)
      if (ts.isInterfaceDeclaration(seen)) {
        const type = factory.createTypeLiteralNode(seen.members)
        return ts.setTextRange(factory.createTypeAliasDeclaration(seen.modifiers, seen.name, seen.typeParameters, type), node)
      }
      if (ts.isPropertySignature(seen)) {
        return factory.updatePropertySignature(seen, [readonly], seen.name, seen.questionToken, seen.type)
      }
      if (ts.isIndexSignatureDeclaration(seen)) return factory.updateIndexSignature(seen, [readonly], seen.parameters, seen.type)
      if (ts.isArrayTypeNode(seen)) return factory.createTypeOperatorNode(ts.SyntaxKind.ReadonlyKeyword, seen)
      return seen
    }
    return ts.visitNode(file, visit)
  }
  const { transformed } = ts.transform(source, [transform])
  return tidy(ts.createPrinter({ newLine: ts.NewLineKind.LineFeed }).printFile(transformed[0]))
}

/** Removes the compiler's own comments and formats the rest in the style of this repository. */
const tidy = (code) =>
  code
    .replace(/^ *\*\n *\* (This interface was referenced by .*\n.*|Items: .*)\n/gm, '')
    .replace(/\/\*\*\n *\* (.*)\n *\*\//g, '/** $1 */')
    .replace(/^( {4})+/gm, (indent) => indent.slice(indent.length / 2))
    .replace(/"/g, "'")
    .replace(/;$/gm, '')
    .replace(/^(export type \w+ = )\((.*)\)$/gm, '$1$2')
    .replace(/^}\n(?=.)/gm, '}\n\n')
