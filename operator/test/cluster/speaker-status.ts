import type { AnnouncementPlanSpec, AnnouncementSliceSpec, PlannedSession } from '@loadstone/plan'
import type { ApiObject } from '../objects'

type Speaker = {
  readonly sliceOf: (name: string) => AnnouncementSliceSpec
  /** Prefixes that the node announces. */
  readonly told: readonly string[]
  /** How a session of the node is. */
  readonly sessionOf: (node: string, session: PlannedSession) => { readonly state: string; readonly since: string }
}

/** The status of a speaker that has carried out its plan, and claims the addresses of which it is the first candidate. */
export function speakerStatus(
  { metadata, spec }: Pick<ApiObject, 'metadata' | 'spec'>,
  { sliceOf, told, sessionOf }: Speaker,
): Record<string, unknown> {
  const { routeSets, slices, sessions } = spec as unknown as AnnouncementPlanSpec
  const entries = slices.flatMap((name) => sliceOf(name).l2)
  return {
    observedGeneration: metadata.generation,
    observedRouteSets: routeSets,
    observedSlices: slices,
    interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', up: true, addresses: [] }],
    sessions: sessions.map((session) => ({
      peer: session.peer,
      ...(session.address === undefined ? {} : { address: session.address }),
      ...sessionOf(metadata.name, session),
      announcedIPv4: session.families.includes('ipv4') ? told.filter((prefix) => !prefix.includes(':')).length : 0,
      announcedIPv6: session.families.includes('ipv6') ? told.filter((prefix) => prefix.includes(':')).length : 0,
    })),
    claims: entries
      .filter(({ candidates }) => candidates[0] === metadata.name)
      .map(({ address, term }) => ({ address, term, takeovers: 0, interfaces: ['eth0'] })),
    conditions: [],
  }
}
