import { isDeepStrictEqual } from 'node:util'
import type { ObjectEvent } from '../client/api-server'
import { type KubeObject, keyOf } from '../client/object'
import type { Change } from './reflection'

type Entry<T> = { readonly uid: string | undefined; readonly resourceVersion: string; readonly value: T }

/** The known objects of one kind. Methods that change them return the changes. */
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

  /** An immutable map; copied at most once per version. */
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

  /** Replaces all objects by the collected ones. */
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

  /** Keeps the identical value if the projection of the object has not changed. */
  #entryOf(object: KubeObject, before: Entry<T> | undefined): Entry<T> {
    const { uid, resourceVersion } = object.metadata
    const same = before !== undefined && before.uid === uid
    if (same && before.resourceVersion === resourceVersion) return before
    const value = this.#project(object)
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
  // The object was deleted and created again under the same name while no watch ran.
  if (before.uid !== after.uid) return [...difference(key, before, undefined), ...difference(key, undefined, after)]
  return before.value === after.value ? [] : [{ type: 'modified', key, object: after.value }]
}
