import { type Family, familyOf, type Ip } from '@loadstone/ip'
import { type Note, note } from '../../model/reasons'
import type { Service, World } from '../../model/world'

type Known = Pick<World, 'endpoints'>

/** Addresses of a family of which no pod serves the Service would attract traffic that every node drops. */
export const servedIps = ({ key }: Service, ips: readonly Ip[], { endpoints }: Known): readonly Ip[] =>
  ips.filter((ip) => endpoints.get(key)?.[familyOf(ip)].any === true)

/** Why some of the addresses are not announced; undefined if pods serve all of them. */
export function unserved(ips: readonly Ip[], served: readonly Ip[]): Note | undefined {
  if (served.length === ips.length) return undefined
  const dead = ips.filter((ip) => !served.includes(ip))
  const message =
    served.length === 0 ? 'No pod is ready to serve the Service.' : `No pod is ready to serve the Service at ${dead.join(' and ')}.`
  return note('NoEndpoints', message)
}

/** Nodes with a pod of the Service for addresses of the family: ready ones, or if there is none, those that are ending and serve still. */
export function nodesWithPod({ key }: Service, family: Family, { endpoints }: Known): ReadonlySet<string> {
  const known = endpoints.get(key)?.[family]
  if (known === undefined) return none
  return known.readyNodes.size > 0 ? known.readyNodes : known.nodes
}

/** Nodes with a pod that serves, also one that is ending: a router sends new flows to the others as soon as it is gone. */
export const nodesServing = ({ key }: Service, family: Family, { endpoints }: Known): ReadonlySet<string> =>
  endpoints.get(key)?.[family].nodes ?? none

const none: ReadonlySet<string> = new Set()
