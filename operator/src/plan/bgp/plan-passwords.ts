import { createHash } from 'node:crypto'
import type { Config, PeerInForce } from '../../config/config'
import type { World } from '../../model/world'

/**
 * A password of spec.password, which the operator copies into a Secret, because plans name Secrets only (docs/adr/0010). The mark has
 * the BGPPeer's uid and generation, so the Secret's data need not be read.
 */
export type KeptPassword = {
  /** Name of the Secret. */
  readonly name: string
  readonly peer: { readonly name: string; readonly uid: string }
  readonly mark: string
  readonly password: string
}

/** Prefix of these Secrets. The chart's admission policy denies the operator writes to any other Secret. */
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
  /** Secrets to write. */
  readonly missing: readonly KeptPassword[]
  /** Secrets to delete: no BGPPeer has their password any more. */
  readonly stale: readonly { readonly name: string; readonly uid: string }[]
}

export function planPasswords({ secrets }: Pick<World, 'secrets'>, { peers, verdicts }: Pick<Config, 'peers' | 'verdicts'>): PasswordPlan {
  const kept = peers.flatMap(keptOf)
  const known = new Map(peers.map(({ uid, definition }) => [uid, definition.password !== undefined]))
  const existing = new Set(verdicts.flatMap(({ object }) => (object.kind === 'BGPPeer' ? [object.meta.uid] : [])))
  // A peer whose definition in force is unknown keeps its sessions, and so its Secret.
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
