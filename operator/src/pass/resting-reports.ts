import type { Decided } from '../publish/publish'
import type { Write } from '../publish/write'

/**
 * The reports without those on BGPPeers of which a plan could not be written: they count its sessions as expected. What is said of a Service
 * rests on what speakers report, whatever was planned.
 */
export function reportsOf(reports: readonly Write[], unwritten: readonly Write[], { world }: Pick<Decided, 'world'>): readonly Write[] {
  const peers = new Set(unwritten.flatMap((write) => peersOf(write, world)))
  if (peers.size === 0) return reports
  return reports.filter((write) => write.do !== 'status' || write.kind !== 'BGPPeer' || !peers.has(write.object.name))
}

function peersOf(write: Write, { plans }: Decided['world']): readonly string[] {
  if (write.do !== 'apply' || write.object.kind !== 'AnnouncementPlan') return []
  return [...write.object.spec.sessions, ...(plans.get(write.name)?.spec.sessions ?? [])].map(({ peer }) => peer)
}
