import type { Secret } from '../world'
import { metaOf } from './meta'

/** On a Secret of ours: which BGPPeer its password is from, and by which generation. */
export const passwordMark = 'loadstone.dev/password-of'

/** That a Secret exists, and in which version. What it holds does not even come over the wire. */
export function parseSecret(object: unknown): (Secret & { readonly name: string }) | undefined {
  const meta = metaOf(object)
  return meta && { name: meta.name, uid: meta.uid, resourceVersion: meta.resourceVersion, mark: meta.annotations.get(passwordMark) }
}
