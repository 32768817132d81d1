import { familyOf, type Ip } from '@loadstone/ip'
import type { ClaimStatus, ConditionStatus } from '@loadstone/plan/status'
import { compare } from '../../model/json'
import { type Note, note } from '../../model/reasons'
import type { WeighedClaims } from '../l2/claims'
import type { L2Placement } from '../l2/placement'
import { type NodeReports, noNode } from './node-report'

/** A way by which an address is announced, or why it is not. `passing`: it is expected to change by itself in a moment. */
export type Finding = { readonly passing: boolean } & (
  | { readonly is: 'announced'; readonly way: string }
  | { readonly is: 'lacking'; readonly status: Exclude<ConditionStatus, 'True'>; readonly note: Note }
)

/** Who answers for an address by its own word. `interfaces` is empty if it does so on all of its node. */
export type L2Owner = { readonly node: string; readonly interfaces: readonly string[] }

type L2Finding = Finding & { readonly owner: L2Owner | undefined }

type Claim = Pick<ClaimStatus, 'term' | 'takeovers' | 'interfaces'> & { readonly node: string }

/** For each placed address, who answers for it by the word of speakers that live. */
export function l2Findings(
  placements: readonly L2Placement[],
  reports: NodeReports,
  ignored: WeighedClaims['ignored'],
): ReadonlyMap<Ip, L2Finding> {
  const owners = new Map(placements.map(({ address, candidates }): [string, string | undefined] => [address, candidates[0]]))
  const isIgnored = (node: string, address: string): boolean =>
    owners.get(address) !== node && ignored.get(address)?.some((claim) => claim.node === node) === true
  const claims = strongest(reports, isIgnored)
  return new Map(placements.map((placement) => [placement.address, findingOf(placement, claims.get(placement.address), reports)]))
}

/** Of two that claim an address, the one with the higher claim goes on (docs/design.md §3). One that is not believed is none, but the planned owner's. */
function strongest(reports: NodeReports, isIgnored: (node: string, address: string) => boolean): ReadonlyMap<string, Claim> {
  const found = new Map<string, Claim>()
  for (const [node, report] of reports) {
    if (!('status' in report)) continue
    for (const { address, term, takeovers, interfaces } of report.status.claims) {
      if (isIgnored(node, address)) continue
      const known = found.get(address)
      const claim = { node, term, takeovers, interfaces }
      if (known === undefined || isStronger(claim, known)) found.set(address, claim)
    }
  }
  return found
}

const isStronger = (a: Claim, b: Claim): boolean => a.term > b.term || (a.term === b.term && a.takeovers > b.takeovers)

function findingOf(placement: L2Placement, claim: Claim | undefined, reports: NodeReports): L2Finding {
  const { address, candidates, interfaces } = placement
  const [planned = ''] = candidates
  if (claim === undefined) return unclaimed(address, planned, reports)
  if (claim.interfaces.length === 0) {
    const message = `${claim.node} claims ${address} and answers for it nowhere: no interface that may announce it is up there.`
    return { is: 'lacking', status: 'False', note: note('NoInterface', message), passing: true, owner: undefined }
  }
  const way = `${address} by ${familyOf(address) === 'ipv4' ? 'ARP' : 'NDP'} from ${claim.node}`
  const limited = interfaces.get(claim.node) !== undefined
  const owner = { node: claim.node, interfaces: limited ? [...claim.interfaces].sort(compare) : [] }
  if (claim.node === planned) return { is: 'announced', way, passing: false, owner }
  return { is: 'announced', way: `${way} (${planned} is to take it over)`, passing: true, owner }
}

function unclaimed(address: Ip, planned: string, reports: NodeReports): L2Finding {
  const report = reports.get(planned) ?? noNode
  if ('status' in report) {
    const message = `${planned} is to answer for ${address}, and does not claim it yet.`
    return { is: 'lacking', status: 'False', note: note('NotClaimed', message), passing: true, owner: undefined }
  }
  const message = `${planned} is to answer for ${address}, and nothing is known of it: ${report.silence}.`
  return { is: 'lacking', status: 'Unknown', note: note('SpeakerSilent', message), passing: !report.dead, owner: undefined }
}
