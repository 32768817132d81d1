import { type Bfd, createBfd, type SessionOptions } from '@loadstone/bfd'
import { SimTransport } from '@loadstone/bfd/testing'
import type { PlannedBfd } from '@loadstone/plan'
import { random, SimClock, SimNet } from '@loadstone/sim'
import type { BfdReport, BfdSessionSpec } from '../../src/messages/bfd'
import type { WorkerEvent } from '../../src/messages/messages'
import { BfdSessions } from '../../src/worker/bfd-sessions'
import type { LinkState } from '../../src/worker/links'
import { ip } from '../builders'
import { link } from './l2-world'

export const [ours, router] = [ip('192.0.2.5'), ip('192.0.2.1')]

export const profile: PlannedBfd = {
  profile: 'fast',
  receiveIntervalMillis: 50,
  transmitIntervalMillis: 50,
  detectMultiplier: 3,
  passive: false,
}
export const specTo = (more: Partial<BfdSessionSpec> = {}): BfdSessionSpec => ({
  peer: 'tor',
  address: router,
  hops: 'single-hop',
  profile,
  ...more,
})

/** The node's link to the router. */
export const eth0: LinkState = link('eth0', { addresses: [{ ip: ours, length: 24, scope: 'global', tentative: false }] })

/** BfdSessions of a node, and its router, which runs libs/bfd as well. */
export function bfdWorld() {
  const clock = new SimClock()
  const conditions = { lost: false }
  const net = new SimNet(clock, 1, () => ({ latency: 1, loss: conditions.lost ? 1 : 0 }))
  const there: Bfd = createBfd({ transport: new SimTransport(net, clock, router), clock, random: random(2) })
  let seed = 10
  const node = (links: readonly LinkState[] | 'unknown' = [eth0]) => {
    const posted: WorkerEvent[] = []
    const bfd = createBfd({ transport: new SimTransport(net, clock, ours), clock, random: random(++seed) })
    const sessions = new BfdSessions({ clock, bfd, post: (message) => posted.push(message) })
    if (links !== 'unknown') sessions.links(links)
    const reports = () => posted.flatMap((message) => (message.is === 'bfd' ? [message.sessions] : []))
    /** The last report of a session. */
    const seen = (peer = 'tor'): BfdReport | undefined =>
      reports()
        .at(-1)
        ?.find((one) => one.peer === peer)
    return { sessions: sessions, bfd, posted, reports, seen }
  }
  const configured = (more: Partial<SessionOptions> = {}) =>
    there.session({ peer: ours, profile: { receiveIntervalMicros: 50_000, transmitIntervalMicros: 50_000 }, ...more })
  return { clock, conditions, there, node, configured }
}
