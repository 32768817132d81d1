import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** The fields of a schema that tests read. */
export type Schema = {
  readonly type?: string
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly required?: readonly string[]
  readonly default?: unknown
  readonly enum?: readonly string[]
  readonly maxItems?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map'
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message?: string }[]
}
type Version = {
  readonly name: string
  readonly served: boolean
  readonly storage: boolean
  readonly deprecated?: boolean
  readonly deprecationWarning?: string
  readonly subresources?: { readonly status?: object }
  readonly additionalPrinterColumns: readonly { readonly name: string; readonly jsonPath: string; readonly priority?: number }[]
  readonly schema: { readonly openAPIV3Schema: Schema }
}
type Crd = {
  readonly kind: 'CustomResourceDefinition'
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly group: string
    readonly scope: string
    readonly names: { readonly kind: string; readonly plural: string; readonly shortNames?: readonly string[] }
    readonly conversion: { readonly strategy: string }
    readonly versions: readonly Version[]
  }
}

const folder = join(__dirname, '../manifests')

/** Every manifest, as a YAML parser reads it. */
export const crds: readonly Crd[] = [...readdirSync(folder)].sort().map((name) => parse(readFileSync(join(folder, name), 'utf8')) as Crd)

export const crdOf = (kind: string): Crd => crds.find(({ spec }) => spec.names.kind === kind) as Crd
export const storedVersion = ({ spec }: Crd): Version => spec.versions.find(({ storage }) => storage) as Version
export const schemaOf = (kind: string): Schema => storedVersion(crdOf(kind)).schema.openAPIV3Schema

/** Every schema within one, with its path. */
export function* schemasIn(schema: Schema, path = ''): Generator<readonly [string, Schema]> {
  yield [path, schema]
  for (const [name, field] of Object.entries(schema.properties ?? {})) yield* schemasIn(field, `${path}.${name}`)
  if (schema.items !== undefined) yield* schemasIn(schema.items, `${path}[]`)
}
