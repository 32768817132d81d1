import type { AnnouncementPlanSpec, AnnouncementSliceSpec } from '@loadstone/plan'
import type { AnnouncementPlanStatus, SessionStatus } from '@loadstone/plan/status'
import { eventually } from './eventually'
import type { Lab } from './lab'
import { type ProbeReport, type Prober, type ProberOptions, startProber } from './prober'

type Plan = { readonly spec: AnnouncementPlanSpec; readonly status?: AnnouncementPlanStatus }

const objects = ({ namespace }: Lab): string => `/apis/loadstone.dev/v1alpha1/namespaces/${namespace}`

/** The plan of a node, and its status by the speaker. */
export const planOf = (lab: Lab, node: string): Promise<Plan> => lab.cluster.api('GET', `${objects(lab)}/announcementplans/${node}`)

/** The status of the node's session with a BGPPeer. */
export async function sessionOf(lab: Lab, node: string, peer = 'router'): Promise<SessionStatus> {
  const found = (await planOf(lab, node)).status?.sessions.find((session) => session.peer === peer)
  if (found === undefined) throw new Error(`${node} says nothing of a session ${peer}`)
  return found
}

/** The published candidates of an L2 address, the owner first. Waits until they are published. */
export const seatOf = (lab: Lab, address: string): Promise<readonly string[]> =>
  eventually(
    `${address} has candidates`,
    async () => {
      const { items } = await lab.cluster.api<{ items: readonly { spec: AnnouncementSliceSpec }[] }>(
        'GET',
        `${objects(lab)}/announcementslices`,
      )
      return items.flatMap(({ spec }) => spec.l2).find((entry) => entry.address === address)?.candidates ?? []
    },
    (candidates) => {
      if (candidates.length === 0) throw new Error('none yet')
    },
  )

/** Waits until the router has a session with every node again, as scenarios find it. */
export const everySession = (lab: Lab): Promise<number> =>
  eventually(
    'the router has a session with every node',
    () => lab.establishedPeers(),
    (count) => {
      if (count !== lab.cluster.nodes.length) throw new Error(`${count} are established`)
    },
    90_000,
  )

/** Runs the body while a prober asks, and returns the prober's report. Ends the prober if the body fails. */
export async function probed(lab: Lab, options: ProberOptions, body: (prober: Prober) => Promise<void>): Promise<ProbeReport> {
  const prober = await startProber(lab.cluster, options)
  try {
    await body(prober)
  } catch (error) {
    await prober.end().catch(() => undefined)
    throw error
  }
  return prober.end()
}
