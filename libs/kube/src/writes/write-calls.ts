import type { ApiCall } from '../client/api-server'
import type { ObjectName } from '../client/object'
import { collectionPath, objectPath, type Resource } from '../client/resource'

/**
 * The fields that one manager owns of an object, and no others. With `resourceVersion` the write is refused (409) if the object has
 * changed. With `uid` it is refused (409) if the object is gone or another one has its name. Exception: for a status applied to a
 * custom kind, the API server does not check `uid`.
 */
export type AppliedObject = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectName & {
    readonly uid?: string
    readonly resourceVersion?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly object[]
    readonly finalizers?: readonly string[]
  }
  readonly [field: string]: unknown
}

export type Manager = { readonly fieldManager: string; readonly subresource?: 'status' }

/**
 * Server-side apply with force: creates a missing object (not through a subresource), takes fields over from other managers, and
 * releases fields that this manager owned and no longer names. Safe to repeat.
 */
export function applyCall(resource: Resource, object: AppliedObject, { fieldManager, subresource }: Manager): ApiCall {
  return {
    method: 'PATCH',
    path: objectPath(resource, object.metadata, subresource),
    query: { fieldManager, force: true },
    contentType: 'application/apply-patch+yaml', // JSON is YAML, with what json/json-body escapes
    body: object,
  }
}

/** JSON merge patch (RFC 7386): replaces the named fields, null removes one, all others stay. */
export function mergePatchCall(resource: Resource, name: ObjectName, patch: object, { fieldManager, subresource }: Manager): ApiCall {
  return {
    method: 'PATCH',
    path: objectPath(resource, name, subresource),
    query: { fieldManager },
    contentType: 'application/merge-patch+json',
    body: patch,
  }
}

/** Deletes the object if it meets the preconditions; 409 if it has changed or another object has its name. */
export function deleteCall(
  resource: Resource,
  name: ObjectName,
  preconditions: { readonly uid?: string; readonly resourceVersion?: string },
): ApiCall {
  return {
    method: 'DELETE',
    path: objectPath(resource, name),
    body: { apiVersion: 'v1', kind: 'DeleteOptions', preconditions },
  }
}

/** Creates the object; 409 if it exists. */
export function createCall(resource: Resource, body: object): ApiCall {
  return { method: 'POST', path: collectionPath(resource), body }
}
