import { isDeepStrictEqual } from 'node:util'
import type { ObjectEvent } from '../client/api-server'
import { type KubeObject, keyOf } from '../client/object'
import type { Change } from './reflection'

type Entry<T> = { readonly uid: string | undefined; readonly resourceVersion: string; readonly value: T }

/** The objects of one kind as far as they have been told. Every method returns what changed by it. */
export class ObjectStore<T> {
  readonly #project: (object: KubeObject) => T
  #entries = new Map<string, Entry<T>>()
  #collected = new Map<string, Entry<T>>()
  #version = 0
  #snapshot: { readonly version: number; readonly objects: ReadonlyMap<string, T> } = { version: 0, objects: new Map() }

  constructor(project: (object: KubeObject) => T) {
    this.#project = project
  }

  get version(): number {
    return this.#version
  }

  /** Never changes once given out; copied at most once per version. */
  objects(): ReadonlyMap<string, T> {
    if (this.#snapshot.version !== this.#version) {
      const values = Array.from(this.#entries, ([key, { value }]): [string, T] => [key, value])
      this.#snapshot = { version: this.#version, objects: new Map(values) }
    }
    return this.#snapshot.objects
  }

  /** Forgets the pages collected since the last replace(). */
  beginCollecting(): void {
    this.#collected = new Map()
  }

  collect(items: readonly KubeObject[]): void {
    for (const item of items) {
      const key = keyOf(item.metadata)
      this.#collected.set(key, this.#entryOf(item, this.#entries.get(key)))
    }
  }

  /** The collected objects are all there are. */
  replace(): readonly Change<T>[] {
    const before = this.#entries
    this.#entries = this.#collected
    this.#collected = new Map()
    const vanished = [...before].flatMap(([key, entry]) => (this.#entries.has(key) ? [] : difference(key, entry, undefined)))
    const others = [...this.#entries].flatMap(([key, entry]) => difference(key, before.get(key), entry))
    return this.#countChanges([...vanished, ...others])
  }

  apply({ type, object }: ObjectEvent): readonly Change<T>[] {
    const key = keyOf(object.metadata)
    const before = this.#entries.get(key)
    if (type === 'DELETED') {
      this.#entries.delete(key)
      return this.#countChanges(difference(key, before, undefined))
    }
    const entry = this.#entryOf(object, before)
    this.#entries.set(key, entry)
    return this.#countChanges(difference(key, before, entry))
  }

  /** Keeps the value there was, the very same object, if nothing about it has changed. */
  #entryOf(object: KubeObject, before: Entry<T> | undefined): Entry<T> {
    const { uid, resourceVersion } = object.metadata
    const same = before !== undefined && before.uid === uid
    if (same && before.resourceVersion === resourceVersion) return before
    const value = this.#project(withoutBookkeeping(object))
    return { uid, resourceVersion, value: same && isDeepStrictEqual(before.value, value) ? before.value : value }
  }

  #countChanges(changes: readonly Change<T>[]): readonly Change<T>[] {
    if (changes.length > 0) this.#version += 1
    return changes
  }
}

function difference<T>(key: string, before: Entry<T> | undefined, after: Entry<T> | undefined): readonly Change<T>[] {
  if (before === undefined) return after === undefined ? [] : [{ type: 'added', key, object: after.value }]
  if (after === undefined) return [{ type: 'deleted', key, object: before.value }]
  // Deleted and created again under the same name while nobody looked.
  if (before.uid !== after.uid) return [...difference(key, before, undefined), ...difference(key, undefined, after)]
  return before.value === after.value ? [] : [{ type: 'modified', key, object: after.value }]
}

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** Without the two bookkeeping fields that are often larger than the object itself. */
function withoutBookkeeping(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata as KubeObject['metadata'] & { readonly managedFields?: unknown }
  if (metadata.annotations?.[lastApplied] === undefined) return { ...object, metadata }
  const { [lastApplied]: __, ...annotations } = metadata.annotations
  return { ...object, metadata: { ...metadata, annotations } }
}
