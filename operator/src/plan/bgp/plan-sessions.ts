import type { PlannedBfd, PlannedSession, SecretReference } from '@loadstone/plan'
import { announcesFrom, type Config, type PeerInForce } from '../../config/config'
import type { PeerDefinition } from '../../model/definitions'
import { compare } from '../../model/json'
import { type Note, note } from '../../model/reasons'
import type { World } from '../../model/world'
import type { NodeView } from '../nodes/node-view'
import { markOf, passwordSecretName } from './plan-passwords'

type SessionPlan = {
  /** By node, in order of peers. */
  readonly sessions: ReadonlyMap<string, readonly PlannedSession[]>
  /** What is in the way of a peer's sessions. */
  readonly warnings: ReadonlyMap<string, Note>
}

/** What a BGPPeer refers to. */
type References = Pick<World, 'secrets'> & Pick<Config, 'profiles' | 'verdicts'>

/**
 * The sessions of each node. One that cannot be planned now (its Secret or BFDProfile is missing, its BGPPeer was edited into something
 * invalid) stays as published: a mistake must not cut a session that runs.
 */
export function planSessions(
  world: Pick<World, 'secrets' | 'plans'>,
  config: Pick<Config, 'peers' | 'profiles' | 'verdicts'>,
  views: ReadonlyMap<string, NodeView>,
): SessionPlan {
  const references = { ...config, secrets: world.secrets }
  const warnings = new Map(config.peers.flatMap((peer) => sessionObstacles(peer, references).map((why) => [peer.name, why])))
  const unreadable = unreadablePeers(config)
  const sessions = new Map<string, readonly PlannedSession[]>()
  for (const [name, { node }] of views) {
    const published = world.plans.get(name)?.spec.sessions ?? []
    const kept = published.filter(({ peer }) => unreadable.has(peer))
    const planned = config.peers
      .filter(({ definition }) => announcesFrom(definition, node.labels))
      .flatMap((peer) =>
        warnings.has(peer.name) ? published.filter((session) => session.peer === peer.name) : [sessionOf(peer, references)],
      )
    sessions.set(
      name,
      [...kept, ...planned].sort((a, b) => compare(a.peer, b.peer)),
    )
  }
  return { sessions, warnings }
}

/** At most one: what is missing. */
function sessionObstacles(peer: PeerInForce, references: References): readonly Note[] {
  const { secrets, profiles, verdicts } = references
  const { password, passwordSecret, bfdProfile } = peer.definition
  const meanwhile = 'No session is begun without it; one that runs goes on as it is.'
  if (passwordSecret !== undefined && !secrets.has(passwordSecret)) {
    const message = `The Secret ${passwordSecret} with the password does not exist in the namespace of this object. ${meanwhile} Create the Secret (type kubernetes.io/basic-auth, key password).`
    return [note('SecretMissing', message)]
  }
  if (password !== undefined && secretOf(peer, references) === undefined) {
    const message = `The password is not yet in the Secret ${passwordSecretName(peer.name)}, from which speakers take it. ${meanwhile} If this lasts, the log of the operator says why; naming a Secret of your own in passwordSecret avoids it.`
    return [note('PasswordPending', message)]
  }
  if (bfdProfile === undefined || profiles.has(bfdProfile)) return []
  const exists = verdicts.some(({ object }) => object.kind === 'BFDProfile' && object.meta.name === bfdProfile)
  const what = exists ? 'is not in force, and its condition Accepted says why' : 'does not exist in the namespace of this object'
  return [note('ProfileMissing', `The BFDProfile ${bfdProfile} ${what}. ${meanwhile} Create or correct it, or remove bfdProfile.`)]
}

/** Peers with a definition in force that we do not know, since the operator restarted. */
const unreadablePeers = ({ peers, verdicts }: Pick<Config, 'peers' | 'verdicts'>): ReadonlySet<string> => {
  const known = new Set(peers.map(({ name }) => name))
  const unreadable = verdicts.filter(
    ({ object, inForce }) => object.kind === 'BGPPeer' && inForce === 'previous' && !known.has(object.meta.name),
  )
  return new Set(unreadable.map(({ object }) => object.meta.name))
}

/** As FRR, and so MetalLB, asks for. */
const gracefulRestartSeconds = 120

function sessionOf(peer: PeerInForce, references: References): PlannedSession {
  const { name, definition } = peer
  const passwordSecret = secretOf(peer, references)
  const { port, myASN, families, holdSeconds, keepaliveSeconds, connectSeconds, ebgpMultiHop } = definition
  return {
    peer: name,
    port,
    myASN,
    families,
    holdSeconds,
    keepaliveSeconds,
    connectSeconds,
    ebgpMultiHop,
    ...given(definition, ['address', 'interface', 'peerASN', 'dynamicASN', 'routerID', 'sourceAddress', 'vrf']),
    ...(definition.gracefulRestart ? { gracefulRestartSeconds } : {}),
    ...(passwordSecret === undefined ? {} : { passwordSecret }),
    ...bfdOf(definition, references),
  }
}

type Given<K extends keyof PeerDefinition> = { readonly [F in K]?: NonNullable<PeerDefinition[F]> }

/** Those of the fields that have a value. */
const given = <const K extends keyof PeerDefinition>(definition: PeerDefinition, fields: readonly K[]): Given<K> =>
  Object.fromEntries(fields.filter((field) => definition[field] !== undefined).map((field) => [field, definition[field]])) as Given<K>

/** Where the password is. Ours counts only once it holds the word of the definition in force. */
function secretOf(peer: PeerInForce, { secrets }: References): SecretReference | undefined {
  const { passwordSecret, password } = peer.definition
  const name = passwordSecret ?? (password === undefined ? undefined : passwordSecretName(peer.name))
  const found = name === undefined ? undefined : secrets.get(name)
  if (name === undefined || found === undefined || (password !== undefined && found.mark !== markOf(peer))) return undefined
  return { name, resourceVersion: found.resourceVersion }
}

function bfdOf({ bfdProfile }: PeerDefinition, { profiles }: References): { readonly bfd?: PlannedBfd } {
  const found = bfdProfile === undefined ? undefined : profiles.get(bfdProfile)
  if (bfdProfile === undefined || found === undefined) return {}
  const { kind: _, ...profile } = found
  return { bfd: { profile: bfdProfile, ...profile } }
}
