import { familyOf, type Ip } from '@loadstone/ip'
import type { PlannedSession, ServiceKey } from '@loadstone/plan'
import type { AllocatedService } from '../allocate/outcome'
import { distinct } from '../model/json'
import { type Note, note } from '../model/reasons'
import type { Service } from '../model/world'
import type { BgpPlan } from './bgp/plan-bgp'
import type { L2Placement } from './l2/placement'
import type { L2Plan } from './l2/plan-l2'

/** Which nodes announce a Service, or why none does. */
export type AnnouncementAnswer = {
  readonly announced: boolean
  readonly note: Note
  /** Nodes that answer for the addresses by ARP or NDP. */
  readonly owners: readonly string[]
  readonly byBgp: boolean
}

type Plans = {
  readonly l2: L2Plan
  readonly bgp: BgpPlan
  readonly sessions: ReadonlyMap<string, readonly PlannedSession[]>
}

/** The answer for each Service with an address. It contains no count of nodes, so that a new node changes no Service. */
export function announcedBy(
  allocated: readonly AllocatedService[],
  { l2, bgp, sessions }: Plans,
): ReadonlyMap<ServiceKey, AnnouncementAnswer> {
  const placed = new Map(l2.placements.map((placement) => [placement.address, placement]))
  const connected = new Map<ReadonlySet<string>, boolean>()
  const hasSession = (nodes: ReadonlySet<string>): boolean => {
    const found = connected.get(nodes) ?? [...nodes].some((node) => (sessions.get(node)?.length ?? 0) > 0)
    connected.set(nodes, found)
    return found
  }
  return new Map(
    allocated.map(({ service, ips }): [ServiceKey, AnnouncementAnswer] => {
      const { key } = service
      const placements = ips.flatMap((ip) => placed.get(ip) ?? []).filter(({ services }) => services.includes(key))
      const from = bgp.from.get(key)
      const noPeers = from !== undefined && !from.some(hasSession)
      const refusals = [
        named('ARP or NDP', l2.refusals.get(key)),
        named(
          'BGP',
          noPeers ? note('NoPeers', 'No announcing node has a session; create a BGPPeer that selects one.') : bgp.refusals.get(key),
        ),
      ].filter((refusal) => refusal !== undefined)
      const byBgp = from !== undefined && !noPeers
      const warnings = placements.flatMap(({ address }) => l2.warnings.get(address) ?? [])
      const ways = [...placements.map(wayOf), ...(byBgp ? [bgpWay(ips, service)] : [])]
      const owners = distinct(placements.map(({ candidates }) => candidates[0] ?? ''))
      return [key, answerOf(ways, refusals, { owners, byBgp, warnings })]
    }),
  )
}

type Refusal = { readonly way: string; readonly note: Note }

const named = (way: string, refusal: Note | undefined): Refusal | undefined => refusal && { way, note: refusal }

function answerOf(
  ways: readonly string[],
  refusals: readonly Refusal[],
  { warnings, ...who }: Pick<AnnouncementAnswer, 'owners' | 'byBgp'> & { readonly warnings: readonly string[] },
): AnnouncementAnswer {
  const not = refusals.map(({ way, note: { message } }) => `Not by ${way}: ${message}`)
  if (ways.length > 0) {
    const reason = warnings.length > 0 ? 'ClaimIgnored' : 'Announced'
    return { announced: true, note: note(reason, [`${ways.join('; ')}.`, ...not, ...warnings].join(' ')), ...who }
  }
  const [first, ...others] = refusals
  if (first === undefined) return { announced: false, note: note('NoAdvertisement', noAdvertisement), ...who }
  const message =
    others.length === 0 || others.every((other) => other.note.message === first.note.message) ? first.note.message : not.join(' ')
  return { announced: false, note: note(first.note.reason, message), ...who }
}

const noAdvertisement = 'No L2Advertisement and no BGPAdvertisement covers the address; create one that selects its IPAddressPool.'

const wayOf = ({ address, candidates }: L2Placement): string =>
  `${address} by ${familyOf(address) === 'ipv4' ? 'ARP' : 'NDP'} from ${candidates[0]}`

const bgpWay = (ips: readonly Ip[], service: Service): string =>
  `${ips.join(' and ')} by BGP from ${service.local ? 'every node with a pod' : 'every selected node'}`
