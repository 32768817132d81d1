import type { AnnouncementPlanSpec, AnnouncementSliceSpec } from '@loadstone/plan'
import type { ApiObject } from '../objects'

/** The status of a speaker that has carried out its plan, and claims the addresses of which it is the first candidate. */
export function speakerStatus(
  { metadata, spec }: Pick<ApiObject, 'metadata' | 'spec'>,
  sliceOf: (name: string) => AnnouncementSliceSpec,
): Record<string, unknown> {
  const { routeSets, slices, sessions } = spec as unknown as AnnouncementPlanSpec
  const entries = slices.flatMap((name) => sliceOf(name).l2)
  return {
    observedGeneration: metadata.generation,
    observedRouteSets: routeSets,
    observedSlices: slices,
    interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', up: true, addresses: [] }],
    sessions: sessions.map(({ peer, address }) => ({
      peer,
      ...(address === undefined ? {} : { address }),
      state: 'Established',
      since: '',
      announcedIPv4: 0,
      announcedIPv6: 0,
    })),
    claims: entries
      .filter(({ candidates }) => candidates[0] === metadata.name)
      .map(({ address, term }) => ({ address, term, takeovers: 0, interfaces: ['eth0'] })),
    conditions: [],
  }
}
