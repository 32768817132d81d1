import { familyOf } from '@loadstone/ip'
import type { PlannedSession } from '@loadstone/plan'
import { announcesFrom, type Config, type Peer } from '../config/config'
import { compare } from '../json'
import { type Note, note } from '../reasons'
import type { World } from '../world'
import type { Place } from './nodes'

export type SessionPlan = {
  /** By node, in order of peers. */
  readonly sessions: ReadonlyMap<string, readonly PlannedSession[]>
  /** What is in the way of a peer's sessions. */
  readonly warnings: ReadonlyMap<string, Note>
}

/**
 * The sessions of each node. One that cannot be planned now (its Secret is missing, its BGPPeer was edited into something invalid)
 * stays as published: a mistake must not cut a session that runs.
 */
export function planSessions(
  world: Pick<World, 'secrets' | 'plans'>,
  config: Pick<Config, 'peers' | 'verdicts'>,
  places: ReadonlyMap<string, Place>,
): SessionPlan {
  const warnings = new Map(config.peers.flatMap((peer) => missingSecret(peer, world.secrets)))
  const unreadable = unreadablePeers(config)
  const sessions = new Map<string, readonly PlannedSession[]>()
  for (const [name, { node }] of places) {
    const published = world.plans.get(name)?.spec.sessions ?? []
    const kept = published.filter(({ peer }) => unreadable.has(peer))
    const planned = config.peers
      .filter(({ definition }) => announcesFrom(definition, node.labels))
      .flatMap((peer) =>
        warnings.has(peer.name) ? published.filter((session) => session.peer === peer.name) : sessionOf(peer, world.secrets),
      )
    sessions.set(
      name,
      [...kept, ...planned].sort((a, b) => compare(a.peer, b.peer)),
    )
  }
  return { sessions, warnings }
}

function missingSecret({ name, definition }: Peer, secrets: ReadonlyMap<string, string>): readonly (readonly [string, Note])[] {
  const wanted = definition.passwordSecret
  if (wanted === undefined || secrets.has(wanted)) return []
  const message = `The Secret ${wanted} with the password does not exist in the namespace of this object. No session is begun without it; one that runs goes on. Create the Secret (type kubernetes.io/basic-auth, key password).`
  return [[name, note('SecretMissing', message)]]
}

/** Peers with a definition in force that we do not know, since the operator restarted. */
const unreadablePeers = ({ peers, verdicts }: Pick<Config, 'peers' | 'verdicts'>): ReadonlySet<string> => {
  const known = new Set(peers.map(({ name }) => name))
  const unreadable = verdicts.filter(
    ({ object, inForce }) => object.kind === 'BGPPeer' && inForce === 'previous' && !known.has(object.meta.name),
  )
  return new Set(unreadable.map(({ object }) => object.meta.name))
}

function sessionOf({ name, definition }: Peer, secrets: ReadonlyMap<string, string>): readonly PlannedSession[] {
  const { routerID, sourceAddress, passwordSecret } = definition
  const resourceVersion = passwordSecret === undefined ? undefined : secrets.get(passwordSecret)
  return [
    {
      peer: name,
      address: definition.address,
      port: definition.port,
      myASN: definition.myASN,
      peerASN: definition.peerASN,
      families: [familyOf(definition.address)],
      holdSeconds: definition.holdSeconds,
      keepaliveSeconds: definition.keepaliveSeconds,
      connectSeconds: definition.connectSeconds,
      ebgpMultiHop: definition.ebgpMultiHop,
      ...(routerID === undefined ? {} : { routerID }),
      ...(sourceAddress === undefined ? {} : { sourceAddress }),
      ...(passwordSecret === undefined || resourceVersion === undefined
        ? {}
        : { passwordSecret: { name: passwordSecret, resourceVersion } }),
    },
  ]
}
