import { parseIp } from '@loadstone/ip'
import type { AnnouncementPlanSpec, L2Entry, PlannedRoute, PlannedSession } from '@loadstone/plan'
import type { Observed, ObservedObject } from '../src/plan/desired-state'

/** Good values; each test spreads one and changes what it is about. */
export const ip = (text: string) => parseIp(text)!

export const plan = (more: Partial<AnnouncementPlanSpec> = {}): AnnouncementPlanSpec => ({
  node: 'node1',
  sessions: [],
  routeSets: [],
  slices: [],
  excludeInterfaces: [],
  partners: [],
  ...more,
})

export const session = (more: Partial<PlannedSession> = {}): PlannedSession => ({
  peer: 'tor',
  address: ip('192.0.2.1'),
  port: 179,
  myASN: 64_512,
  peerASN: 64_513,
  families: ['ipv4', 'ipv6'],
  holdSeconds: 90,
  keepaliveSeconds: 30,
  connectSeconds: 10,
  ebgpMultiHop: false,
  ...more,
})

export const entry = (address: string, more: Partial<L2Entry> = {}): L2Entry => ({
  address: ip(address),
  services: ['default/web'],
  candidates: ['node1', 'node2'],
  term: 1,
  ...more,
})

export const route = (prefix: string, more: Partial<PlannedRoute> = {}): PlannedRoute => ({ prefix, services: ['default/web'], ...more })

let version = 0
/** An object at a version of its own, as after each write. */
export const object = (spec: unknown, generation = 1): ObservedObject => ({ uid: 'uid', generation, version: `${++version}`, spec })

export const slice = (l2: readonly unknown[], routes: readonly unknown[] = []): ObservedObject => object({ node: 'node1', l2, routes })
export const routeSet = (...routes: readonly unknown[]): ObservedObject => object({ audience: 'every-node', routes })

export const seen = (more: Partial<Observed> = {}): Observed => ({
  complete: true,
  planWatched: true,
  trouble: undefined,
  firstStatus: undefined,
  slices: new Map(),
  routeSets: new Map(),
  ...more,
})

/** Lets every promise that is settled by now run its continuations. */
export const settle = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
