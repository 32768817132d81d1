import { isDeepStrictEqual } from 'node:util'

/** Values by path. A list is one value, except a list whose items have a merge key in the API server. */
type Leaves = Map<string, unknown>
type Fields = Readonly<Record<string, unknown>>
/** Owners of fields, by path. A field without an entry belongs to people. */
export type Owners = ReadonlyMap<string, ReadonlySet<string>>
export type Owned = { readonly object: Fields; readonly owners: Owners }

const people: ReadonlySet<string> = new Set(['people'])
const separator = '\u0000'
const conditions = ['status', 'conditions'].join(separator)

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)

function leavesOf(fields: Fields): Leaves {
  const leaves: Leaves = new Map()
  const walk = (value: unknown, path: string): void => {
    if (value === undefined) return
    if (path === conditions && Array.isArray(value))
      for (const item of value as Fields[]) walk(item, `${path}${separator}${String(item['type'])}`)
    else if (isFields(value) && Object.keys(value).length > 0)
      for (const [name, item] of Object.entries(value)) walk(item, path === '' ? name : `${path}${separator}${name}`)
    else leaves.set(path, value)
  }
  walk(fields, '')
  return leaves
}

function fieldsOf(leaves: Leaves): Fields {
  const root: Record<string, unknown> = {}
  for (const [path, value] of leaves) {
    const names = path.split(separator)
    const last = names.pop() ?? ''
    let at = root
    for (const name of names) {
      if (!isFields(at[name])) at[name] = {}
      at = at[name] as Record<string, unknown>
    }
    if (!isFields(value)) at[last] = value
    else if (!isFields(at[last])) at[last] = {}
  }
  const status = root['status'] as { conditions?: unknown } | undefined
  if (isFields(status?.conditions)) status.conditions = Object.values(status.conditions)
  return root
}

/**
 * Server-side apply with force. A field that the manager owned and does not name is removed, unless another manager owns it too. A
 * changed value gets the manager as its only owner.
 */
export function applied({ object, owners }: Owned, fields: Fields, manager: string): Owned {
  const [now, given] = [leavesOf(object), leavesOf(fields)]
  const next = new Map(owners)
  for (const [path, value] of given) {
    const shared = now.has(path) && isDeepStrictEqual(now.get(path), value)
    next.set(path, new Set([...(shared ? (owners.get(path) ?? people) : []), manager]))
    now.set(path, value)
  }
  for (const [path, those] of owners) {
    if (!those.has(manager) || given.has(path)) continue
    const others = new Set([...those].filter((other) => other !== manager))
    if (others.size > 0) next.set(path, others)
    else for (const gone of [now, next]) gone.delete(path)
  }
  return { object: fieldsOf(now), owners: next }
}

/** Everything of a new object that its manager names. */
export const ownedBy = (manager: string, fields: Fields): Owners => applied({ object: {}, owners: new Map() }, fields, manager).owners

/** PUT: removes fields that are not named; the writer becomes the owner of changed ones. */
export function replaced({ object, owners }: Owned, by: Fields): Owned {
  const [before, after] = [leavesOf(object), leavesOf(by)]
  const stays = ([path]: readonly [string, unknown]): boolean => after.has(path) && isDeepStrictEqual(before.get(path), after.get(path))
  return { object: by, owners: new Map([...owners].filter(stays)) }
}

/** metadata.managedFields as far as the operator reads them: who owns which annotations. */
export function managedFieldsOf(owners: Owners): readonly object[] {
  const annotations = new Map<string, Record<string, object>>()
  for (const [path, managers] of owners) {
    const [root, field, name = ''] = path.split(separator)
    if (root !== 'metadata' || field !== 'annotations') continue
    for (const manager of managers) {
      const [writer = ''] = manager.split('/')
      annotations.set(writer, { ...annotations.get(writer), [`f:${name}`]: {} })
    }
  }
  return [...annotations].map(([manager, fields]) => ({ manager, fieldsV1: { 'f:metadata': { 'f:annotations': fields } } }))
}

/** The annotations that one of the managers owns. */
export const givenBy = (
  managers: readonly string[],
  annotations: Readonly<Record<string, string>>,
  owners: Owners,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(annotations).filter(([name]) => {
      const those = owners.get(['metadata', 'annotations', name].join(separator))
      return managers.some((manager) => those?.has(manager))
    }),
  )
