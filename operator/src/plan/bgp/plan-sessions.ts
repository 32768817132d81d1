import type { PlannedBfd, PlannedSession, SecretReference } from '@loadstone/plan'
import { announcesFrom, type Config, type PeerInForce } from '../../config/config'
import type { PeerDefinition } from '../../model/definitions'
import { compare } from '../../model/json'
import { type Note, note } from '../../model/reasons'
import type { World } from '../../model/world'
import type { NodeView } from '../nodes/node-view'
import { markOf, passwordSecretName } from './plan-passwords'

type SessionPlan = {
  /** Sessions by node, in the order of peers. */
  readonly sessions: ReadonlyMap<string, readonly PlannedSession[]>
  /** By BGPPeer, why its sessions cannot be planned. */
  readonly warnings: ReadonlyMap<string, Note>
}

/** Objects that BGPPeers refer to. */
type References = Pick<World, 'secrets'> & Pick<Config, 'profiles' | 'verdicts'>

/**
 * The sessions of each node. A session that cannot be planned now, because its Secret or BFDProfile is missing or its BGPPeer has
 * become invalid, stays as published: a mistake in the configuration must not end a running session.
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
  const surplus = new Map<string, Note>()
  for (const [name, { node }] of views) {
    const published = world.plans.get(name)?.spec.sessions ?? []
    const kept = published.filter(({ peer }) => unreadable.has(peer))
    const planned = config.peers
      .filter(({ definition }) => announcesFrom(definition, node.labels))
      .flatMap((peer) =>
        warnings.has(peer.name) ? published.filter((session) => session.peer === peer.name) : [sessionOf(peer, references)],
      )
    const [held, beyond] = split([...kept, ...planned], mostSessions)
    for (const { peer } of beyond) surplus.set(peer, tooMany(name))
    sessions.set(
      name,
      held.sort((a, b) => compare(a.peer, b.peer)),
    )
  }
  return { sessions, warnings: new Map([...surplus, ...warnings]) }
}

/** As many as a plan may have (crds/manifests). Those that run already, and then the senior ones, come first. */
const mostSessions = 256

const split = (sessions: readonly PlannedSession[], at: number): readonly [PlannedSession[], readonly PlannedSession[]] => [
  sessions.slice(0, at),
  sessions.slice(at),
]

const tooMany = (node: string): Note =>
  note(
    'TooManyPeers',
    `More than ${mostSessions} BGPPeers select the node ${node}; this one has no session there. Narrow its nodeSelectors.`,
  )

/** The object that is missing, as a list of at most one note. */
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

/** Peers with a definition in force that the operator does not know since its restart. */
const unreadablePeers = ({ peers, verdicts }: Pick<Config, 'peers' | 'verdicts'>): ReadonlySet<string> => {
  const known = new Set(peers.map(({ name }) => name))
  const unreadable = verdicts.filter(
    ({ object, inForce }) => object.kind === 'BGPPeer' && inForce === 'previous' && !known.has(object.meta.name),
  )
  return new Set(unreadable.map(({ object }) => object.meta.name))
}

/** FRR's default, and so MetalLB's. */
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

/** The fields that have a value. */
const given = <const K extends keyof PeerDefinition>(definition: PeerDefinition, fields: readonly K[]): Given<K> =>
  Object.fromEntries(fields.filter((field) => definition[field] !== undefined).map((field) => [field, definition[field]])) as Given<K>

/** The Secret with the password. One written by the operator counts once its mark is that of the definition in force. */
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
