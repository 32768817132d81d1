import type { ApiCall } from '../client/api-server'
import type { ObjectName } from '../client/object'
import { collectionPath, objectPath, type Resource } from '../client/resource'

/**
 * What one manager says about an object: the fields it owns and no others. With `uid` and `resourceVersion` it is refused (409) if
 * the object has changed, is gone, or is another of that name.
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
 * Server-side apply: creates the object if need be (not through a subresource), takes the fields over from other managers, and gives
 * back those this manager owned and no longer names. Safe to repeat.
 */
export function applyCall(resource: Resource, object: AppliedObject, { fieldManager, subresource }: Manager): ApiCall {
  return {
    method: 'PATCH',
    path: objectPath(resource, object.metadata, subresource),
    query: { fieldManager, force: true },
    contentType: 'application/apply-patch+yaml', // JSON is YAML
    body: object,
  }
}

/** RFC 7386: names what changes, null removes. Fields it does not name stay, known to us or not. */
export function mergePatchCall(resource: Resource, name: ObjectName, patch: object, { fieldManager, subresource }: Manager): ApiCall {
  return {
    method: 'PATCH',
    path: objectPath(resource, name, subresource),
    query: { fieldManager },
    contentType: 'application/merge-patch+json',
    body: patch,
  }
}

/** Deletes that very object: 409 if another has taken its name, or it has changed, since. */
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

/** 409 if it exists. */
export function createCall(resource: Resource, body: object): ApiCall {
  return { method: 'POST', path: collectionPath(resource), body }
}
