import { crc32 } from 'node:zlib'
import { familyOf, type Ip } from '@loadstone/ip'
import { fromBigInt } from '@loadstone/ip/bytes'
import type { PlannedSession } from '@loadstone/plan'
import type { PeerOptions } from 'bgp-js'
import type { Located } from './unnumbered'

/** What is known of a Secret: its password, or why there is none, or both where a later read failed. */
export type Password = { readonly text?: string; readonly problem?: string }

/** Facts of the node that sessions need: for a session without a routerID, and for one that is bound to a device. */
type LocalNode = {
  readonly name: string
  readonly ipv4?: Ip
  /** Names of its links; absent while they are not known. */
  readonly devices?: ReadonlySet<string>
}

export type BgpSessionSpec =
  | { readonly peer: string; readonly address: Ip; readonly options: PeerOptions; readonly warning?: string }
  /** `blocked` says why the session cannot be started. A running session goes on unless `closed`, the reason sent to its peer, is there. */
  | { readonly peer: string; readonly address?: Ip; readonly blocked: string; readonly closed?: string }

/** A planned session; `located` is the router found on its interface, where the plan names no address. */
export type LocatedSession = PlannedSession & { readonly located?: Located }

/**
 * The desired sessions. `running` are the options of the running ones: a password that cannot be read stays what it was, and a chosen
 * router identifier stays, because changing either would reset a working session.
 */
export function sessionSpecs(
  planned: readonly LocatedSession[],
  passwords: ReadonlyMap<string, Password>,
  running: ReadonlyMap<string, PeerOptions>,
  node: LocalNode,
): readonly BgpSessionSpec[] {
  return planned.map((session) => {
    const { peer, vrf } = session
    const located = locationOf(session)
    if ('awaited' in located) return { peer, blocked: located.awaited }
    const { address } = located
    if (vrf !== undefined && node.devices?.has(vrf) === false) return { peer, address, ...withoutVrf(vrf) }
    const key = keyOf(session, passwords, running.get(peer))
    if (session.passwordSecret !== undefined && key.text === undefined) return { peer, address, blocked: key.problem ?? '' }
    const options = optionsOf({ ...session, address }, key.text, running.get(peer), node)
    return { peer, address, options, ...warningOf(located.warning, key.problem) }
  })
}

const locationOf = ({ address, located }: LocatedSession): Located =>
  address === undefined ? (located ?? { awaited: 'the plan says neither address nor interface of its router' }) : { address }

function warningOf(...problems: readonly (string | undefined)[]): { readonly warning?: string } {
  const sentences = problems.filter((sentence) => sentence !== undefined)
  return sentences.length === 0 ? {} : { warning: sentences.join('. ') }
}

const withoutVrf = (vrf: string): { readonly blocked: string; readonly closed: string } => ({
  blocked: `this node has no VRF device ${vrf}: create it, or correct vrf in the BGPPeer`,
  closed: `the node has no VRF device ${vrf}`,
})

function keyOf(session: PlannedSession, passwords: ReadonlyMap<string, Password>, running: PeerOptions | undefined): Password {
  if (session.passwordSecret === undefined) return {}
  const { name } = session.passwordSecret
  const { text, problem } = passwords.get(name) ?? { problem: `Secret ${name} has not been read yet` }
  if (text !== undefined)
    return { text, ...(problem === undefined ? {} : { problem: `${problem}; the session goes on with the password known before` }) }
  if (running?.md5Password === undefined) return { problem: `${problem ?? ''}; the session is not started without its password` }
  return { text: running.md5Password, problem: `${problem ?? ''}; the session goes on with the password known before` }
}

function optionsOf(
  session: PlannedSession & { readonly address: Ip },
  md5Password: string | undefined,
  running: PeerOptions | undefined,
  node: LocalNode,
): PeerOptions {
  const { address, port, families, holdSeconds, keepaliveSeconds, connectSeconds, ebgpMultiHop } = session
  const chosen = familyOf(address) === 'ipv4' ? undefined : (running?.routerId ?? node.ipv4 ?? idFromName(node.name))
  return {
    address,
    port,
    localAs: session.myASN,
    peerAs: session.peerASN ?? session.dynamicASN ?? 'external',
    families,
    holdSeconds,
    connectSeconds,
    ebgpMultiHop,
    ...given({
      keepaliveSeconds: keepaliveSeconds === 0 ? undefined : keepaliveSeconds,
      routerId: session.routerID ?? chosen,
      sourceAddress: session.sourceAddress,
      interface: session.interface ?? session.vrf,
      gracefulRestartSeconds: session.gracefulRestartSeconds,
      md5Password,
    }),
  }
}

/** Omits undefined options: an absent option means the default of bgp-js. */
const given = <T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> }

/** RFC 6286: any non-zero number, unique within the AS. */
const idFromName = (name: string): Ip => fromBigInt('ipv4', BigInt(crc32(name) || 1))

/** What it takes to change a session from these options to those: timers of our own are no matter between it and its router. */
export function changeOf(from: PeerOptions | undefined, to: PeerOptions): 'none' | 'timers' | 'renewal' {
  if (from === undefined || withoutTimers(from) !== withoutTimers(to)) return 'renewal'
  return from.connectSeconds === to.connectSeconds && from.keepaliveSeconds === to.keepaliveSeconds ? 'none' : 'timers'
}

const withoutTimers = ({ connectSeconds: _, keepaliveSeconds: __, ...options }: PeerOptions): string => JSON.stringify(options)

/** Whether the router will know the new session as the old one's, and is to keep our routes over a restart again. */
export const staysNeighbour = (from: PeerOptions, to: PeerOptions): boolean =>
  to.gracefulRestartSeconds !== undefined &&
  from.address === to.address &&
  from.interface === to.interface &&
  from.sourceAddress === to.sourceAddress
