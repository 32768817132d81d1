import type { Condition } from '@loadstone/plan/status'
import type { Outcome } from '../allocate/outcome'
import { distinct } from '../model/json'
import type { Service } from '../model/world'
import type { AnnouncementAnswer } from '../plan/explain'
import { isPublished } from './conditions'
import type { EventNote } from './write'

/** Events about changes of a Service. Published conditions are the memory, so a restart repeats no event. */
export function eventsOf(
  service: Service,
  outcome: Outcome,
  announced: AnnouncementAnswer | undefined,
  conditions: readonly Condition[],
): readonly EventNote[] {
  const [allocated, announcement] = conditions
  const fresh = (condition: Condition | undefined): boolean => condition !== undefined && !isPublished(condition, service.conditions)
  return [
    ...lost(outcome),
    ...(fresh(allocated) ? allocation(service, outcome) : []),
    ...(outcome.kind === 'assigned' && announced !== undefined && fresh(announcement) ? announcing(announced) : []),
    ...deprecated(service, outcome),
  ]
}

function lost(outcome: Outcome): readonly EventNote[] {
  if (outcome.kind === 'released' || outcome.lost === undefined) return []
  return [{ type: 'Normal', reason: 'ClearAssignment', message: `The Service loses its address. ${outcome.lost.message}` }]
}

function allocation(service: Service, outcome: Outcome): readonly EventNote[] {
  switch (outcome.kind) {
    case 'released':
      return []
    case 'refused':
      return [
        { type: 'Warning', reason: 'AllocationFailed', message: `Failed to allocate IP for "${service.key}": ${outcome.why.message}` },
      ]
    case 'assigned': {
      const added = outcome.ips.filter((ip) => !service.ips.includes(ip))
      const assigned = `Assigned IP ${JSON.stringify(added)}`
      return [
        ...(added.length > 0 ? [{ type: 'Normal', reason: 'IPAllocated', message: assigned } as const] : []),
        ...(outcome.shortfall === undefined ? [] : [shortfallEvent(outcome.shortfall)]),
      ]
    }
  }
}

function shortfallEvent({ reason, message }: NonNullable<Extract<Outcome, { kind: 'assigned' }>['shortfall']>): EventNote {
  if (reason === 'FamilyMissing') return { type: 'Normal', reason: 'AdditionalAssignFailed', message }
  return { type: 'Warning', reason: reason === 'KeptUntilAvailable' ? 'AllocationFailed' : 'LoadBalancerFailed', message }
}

/** What is expected to pass is no event. */
function announcing({ status, note, owners, byBgp, passing }: AnnouncementAnswer): readonly EventNote[] {
  if (passing) return []
  const nodes = distinct(owners.map(({ node }) => node))
  return [
    ...nodes.map((node) => nodeAssigned(`announcing from node "${node}" with protocol "layer2"`)),
    ...(byBgp ? [nodeAssigned(`announcing with protocol "bgp": ${note.message}`)] : []),
    // A new Service usually has no pods yet, so this is not a warning.
    ...(status === 'True'
      ? []
      : [{ ...notAnnounced(note.message), ...(note.reason === 'NoEndpoints' ? { type: 'Normal' as const } : {}) }]),
  ]
}

const nodeAssigned = (message: string): EventNote => ({ type: 'Normal', reason: 'nodeAssigned', message })
const notAnnounced = (message: string): EventNote => ({ type: 'Warning', reason: 'notAnnounced', message })

function deprecated({ deprecated: found, ips }: Service, outcome: Outcome): readonly EventNote[] {
  const changes = outcome.kind === 'assigned' && outcome.ips.join() !== ips.join()
  return changes
    ? found.map((name) => ({
        type: 'Warning',
        reason: 'deprecatedAnnotation',
        message: `The annotation ${name} is deprecated; write metallb.io/ in place of metallb.universe.tf/.`,
      }))
    : []
}
