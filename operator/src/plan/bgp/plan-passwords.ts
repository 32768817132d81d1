import { createHash } from 'node:crypto'
import type { Config, PeerInForce } from '../../config/config'
import type { World } from '../../model/world'

/**
 * Passwords that stand in BGPPeers themselves. Plans name Secrets only, so each is kept in a Secret of ours (docs/adr/0010). Which word
 * it holds is known by the generation of the BGPPeer it was taken from: what a Secret says is never read.
 */
export type KeptPassword = {
  /** Of the Secret. */
  readonly name: string
  readonly peer: { readonly name: string; readonly uid: string }
  readonly mark: string
  readonly password: string
}

/** Every Secret of ours begins with it, and the admission policy of the chart lets the operator touch no other. */
const passwordPrefix = 'loadstone-password-'
const longestName = 253

export function passwordSecretName(peer: string): string {
  const name = passwordPrefix + peer
  if (name.length <= longestName) return name
  return `${passwordPrefix}${createHash('sha256').update(peer).digest('hex').slice(0, 32)}`
}

export const markOf = ({ uid, generation }: Pick<PeerInForce, 'uid' | 'generation'>): string => `${uid}/${generation}`
const uidOf = (mark: string): string => mark.slice(0, mark.lastIndexOf('/'))

export type PasswordPlan = {
  /** To be written. */
  readonly missing: readonly KeptPassword[]
  /** Secrets of ours that hold what no BGPPeer says any more. */
  readonly stale: readonly { readonly name: string; readonly uid: string }[]
}

export function planPasswords({ secrets }: Pick<World, 'secrets'>, { peers, verdicts }: Pick<Config, 'peers' | 'verdicts'>): PasswordPlan {
  const kept = peers.flatMap(keptOf)
  const known = new Map(peers.map(({ uid, definition }) => [uid, definition.password !== undefined]))
  const existing = new Set(verdicts.flatMap(({ object }) => (object.kind === 'BGPPeer' ? [object.meta.uid] : [])))
  // Of a peer whose definition in force we do not know, sessions go on, and so does their Secret.
  const isStale = (mark: string): boolean => known.get(uidOf(mark)) === false || !existing.has(uidOf(mark))
  return {
    missing: kept.filter(({ name, mark }) => secrets.get(name)?.mark !== mark),
    stale: [...secrets].flatMap(([name, { uid, mark }]) =>
      mark !== undefined && name.startsWith(passwordPrefix) && isStale(mark) ? [{ name, uid }] : [],
    ),
  }
}

function keptOf(peer: PeerInForce): readonly KeptPassword[] {
  const { name, uid, definition } = peer
  if (definition.password === undefined) return []
  return [{ name: passwordSecretName(name), peer: { name, uid }, mark: markOf(peer), password: definition.password }]
}
