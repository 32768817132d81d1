import type { Ip } from '@loadstone/ip'
import type { ServiceKey } from '@loadstone/plan'
import type { ConditionStatus } from '@loadstone/plan/status'
import type { AllocatedService } from '../allocate/outcome'
import type { ActiveBgpAdvertisement, Config } from '../config/config'
import { coverage } from '../config/coverage'
import { faultText, faultyAdvertisements, faultyPeers } from '../config/not-in-force'
import { distinct } from '../model/json'
import { type Note, note } from '../model/reasons'
import type { BgpPlan } from './bgp/plan-bgp'
import type { L2Plan } from './l2/plan-l2'
import { servedIps } from './nodes/serving'
import { type Asked, bgpReports, type PeerFaults, type ToldInput } from './reports/bgp-told'
import { type Finding, type L2Owner, l2Findings } from './reports/l2-owners'

/** Who announces a Service by the word of the speakers, or why nobody does. */
export type AnnouncementAnswer = {
  /** True if every address that pods serve is announced. Unknown if nothing is known of the speakers that should. */
  readonly status: ConditionStatus
  readonly note: Note
  /** It is expected to change by itself in a moment: the plan says more than the speakers have done. */
  readonly passing: boolean
  /** Nodes that answer for the addresses by ARP or NDP. */
  readonly owners: readonly L2Owner[]
  readonly byBgp: boolean
  /** The BGPPeers that each node has told; empty unless it is asked for. */
  readonly told: ReadonlyMap<string, readonly string[]>
}

type ExplainInput = ToldInput & {
  readonly l2: L2Plan
  readonly bgp: BgpPlan
  readonly config: Pick<Config, 'bgp' | 'verdicts' | 'misplaced' | 'unknown'>
  /** By BGPPeer in force, why its sessions cannot be planned. */
  readonly peerWarnings: ReadonlyMap<string, Note>
  /** Whether `told` is wanted. */
  readonly perNode: boolean
}

/** The answer for each Service with an address. It contains no count of nodes, so that a new node changes no Service. */
export function announcedBy(allocated: readonly AllocatedService[], input: ExplainInput): ReadonlyMap<ServiceKey, AnnouncementAnswer> {
  const { l2, bgp, config, reports } = input
  const owners = l2Findings(l2.placements, reports, l2.ignored)
  const placed = new Map(l2.placements.map(({ address, services }) => [address, new Set(services)]))
  const sessions = bgpReports(input, peerFaults(input))
  const retained = config.unknown.bgp ? groupsByRoute(bgp) : noGroups
  const [advertisementsOf, faultsOf] = [coverage(config.bgp), faultyAdvertisements(config)]
  return new Map(
    allocated.map((one): [ServiceKey, AnnouncementAnswer] => {
      const { service, ips, pool } = one
      const { key } = service
      const mine = ips.filter((ip) => placed.get(ip)?.has(key) === true)
      const asked: Asked = {
        service,
        advertisements: advertisementsOf(service, pool),
        groups: bgp.from.get(key) ?? retained.get(key) ?? [],
      }
      const served = servedIps(service, ips, input.world)
      const toTell = asked.groups.length === 0 ? [] : served
      const findings: readonly Found[] = [
        ...mine.map((ip): Found => ({ ip, by: 'ARP or NDP', finding: owners.get(ip) as Finding })),
        ...[...sessions.findings(asked, toTell)].map(([ip, finding]): Found => ({ ip, by: 'BGP', finding })),
      ]
      const refusals = [refused('ARP or NDP', l2.refusals.get(key)), refused('BGP', bgp.refusals.get(key))].flat()
      const verdict = withWarnings(
        verdictOf({ served, findings, refusals }, faultText(faultsOf(service, pool))),
        mine.flatMap((ip) => l2.warnings.get(ip) ?? []),
      )
      const told = input.perNode && toTell.length > 0 ? sessions.told(asked, toTell) : nobody
      const byBgp = findings.some(({ by, finding }) => by === 'BGP' && finding.is === 'announced')
      return [key, { ...verdict, owners: mine.flatMap((ip) => owners.get(ip)?.owner ?? []), byBgp, told }]
    }),
  )
}

const noGroups: BgpPlan['from'] = new Map()

/** Which nodes carry a route of each Service. Routes stay whose BGPAdvertisement is not known since a restart. */
function groupsByRoute({ shared, own }: BgpPlan): BgpPlan['from'] {
  const found = new Map<ServiceKey, ReadonlySet<string>[]>()
  const carried = [...shared.values(), ...[...own].map(([node, routes]) => ({ routes, nodes: new Set([node]) }))]
  for (const { routes, nodes } of carried) {
    for (const { services } of [...routes.values()].flat()) {
      for (const key of services) found.set(key, [...(found.get(key) ?? []), nodes])
    }
  }
  return found
}

const nobody: AnnouncementAnswer['told'] = new Map()

type By = 'ARP or NDP' | 'BGP'
type Found = { readonly ip: Ip; readonly by: By; readonly finding: Finding }
type Refusal = { readonly by: By; readonly note: Note }

const refused = (by: By, why: Note | undefined): readonly Refusal[] => (why === undefined ? [] : [{ by, note: why }])

type Findings = { readonly served: readonly Ip[]; readonly findings: readonly Found[]; readonly refusals: readonly Refusal[] }
type Verdict = Pick<AnnouncementAnswer, 'status' | 'note' | 'passing'>

/** A claim that nobody believes changes nothing, and is named. */
function withWarnings(verdict: Verdict, warnings: readonly string[]): Verdict {
  if (verdict.status !== 'True' || warnings.length === 0) return verdict
  return { ...verdict, note: note('ClaimIgnored', [verdict.note.message, ...warnings].join(' ')) }
}

/** `faults`: sentences about advertisements that would cover the addresses and are not in force. */
function verdictOf(all: Findings, faults: string): Verdict {
  const { served, findings } = all
  const reached = new Set(findings.flatMap(({ ip, finding }) => (finding.is === 'announced' ? ip : [])))
  const missing = served.filter((ip) => !reached.has(ip))
  const passing = findings.some(({ finding }) => finding.passing)
  const lacks = lackSentences(all)
  if (reached.size > 0 && missing.length === 0) {
    return { status: 'True', note: note('Announced', [...waySentences(findings), ...lacks.map(byWhich)].join(' ')), passing }
  }
  const reason = firstReason(missing, all)
  if (reason === undefined) return { status: 'False', note: uncovered(faults), passing: false }
  const status = missing.length > 0 && missing.every((ip) => isUnknown(ip, findings)) ? 'Unknown' : 'False'
  return { status, note: note(reason, whyNot(all, lacks, faults)), passing }
}

/** A refusal rests on the advertisements in force, so those that are not are named beside it. */
function whyNot({ findings, refusals }: Findings, lacks: readonly Lack[], faults: string): string {
  const texts = new Set(lacks.map(({ text }) => text))
  const blamed = refusals.length > 0 && faults !== '' ? [faults] : []
  return [...waySentences(findings), ...(texts.size === 1 ? texts : lacks.map(byWhich)), ...blamed].join(' ')
}

type Lack = { readonly by: By; readonly text: string }

const byWhich = ({ by, text }: Lack): string => `Not by ${by}: ${text}`

const uncovered = (faults: string): Note =>
  faults === ''
    ? note('NoAdvertisement', 'No L2Advertisement and no BGPAdvertisement covers the address; create one that selects its IPAddressPool.')
    : note('AdvertisementNotInForce', faults)

/** Nothing says that it is announced, and something may. */
const isUnknown = (missing: Ip, findings: readonly Found[]): boolean =>
  findings.some(({ ip, finding }) => ip === missing && finding.is === 'lacking' && finding.status === 'Unknown')

function firstReason(missing: readonly Ip[], { findings, refusals }: Findings): Note['reason'] | undefined {
  for (const { ip, finding } of findings) if (finding.is === 'lacking' && missing.includes(ip)) return finding.note.reason
  return refusals[0]?.note.reason
}

function waySentences(findings: readonly Found[]): readonly string[] {
  const local = findings.flatMap(({ by, finding }) => (by !== 'BGP' && finding.is === 'announced' ? finding.way : []))
  const told = findings.filter(({ by, finding }) => by === 'BGP' && finding.is === 'announced')
  const [first] = told
  const byBgp = first?.finding.is === 'announced' ? [`${told.map(({ ip }) => ip).join(' and ')} ${first.finding.way}`] : []
  const ways = [...local, ...byBgp]
  return ways.length === 0 ? [] : [`${ways.join('; ')}.`]
}

/** What is not done, and why: each reason once, with the addresses that it concerns where others fare better. */
function lackSentences({ findings, refusals }: Findings): readonly Lack[] {
  const found = new Map<string, { by: By; message: string; ips: Ip[] }>()
  for (const { ip, by, finding } of findings) {
    if (finding.is !== 'lacking') continue
    const { message } = finding.note
    const known = found.get(`${by} ${message}`) ?? { by, message, ips: [] }
    found.set(`${by} ${message}`, known)
    known.ips.push(ip)
  }
  const partly = ({ by, ips, message }: { by: By; ips: readonly Ip[]; message: string }): string =>
    ips.length === findings.filter((one) => one.by === by).length || ips.some((ip) => message.includes(ip))
      ? message
      : `${ips.join(' and ')}: ${message}`
  return [
    ...[...found.values()].map((lack) => ({ by: lack.by, text: partly(lack) })),
    ...refusals.map(({ by, note: { message } }) => ({ by, text: message })),
  ]
}

/** Why no session is planned that a router could be told by, and the BGPPeers that are not in force or wait for something. */
function peerFaults({ config, views, peerWarnings }: ExplainInput): PeerFaults {
  const existing = new Set(config.verdicts.flatMap(({ object }) => (object.kind === 'BGPPeer' ? [object.meta.name] : [])))
  const faultsOf = faultyPeers(config)
  const waiting = config.verdicts.flatMap(({ object, accepted }) => {
    const why = object.kind === 'BGPPeer' && accepted ? peerWarnings.get(object.meta.name) : undefined
    return why === undefined ? [] : [{ object, fault: why.message }]
  })
  const faults = ({ advertisements, groups }: Asked): string => {
    const names = namedPeers(advertisements)
    const labels = groups.flatMap((group) => [...group].flatMap((node) => views.get(node)?.node.labels ?? []))
    const held = waiting.filter(({ object }) => names?.includes(object.meta.name) ?? true)
    return faultText([...faultsOf(labels, names), ...held])
  }
  const noSession = (asked: Asked): Note => {
    const names = namedPeers(asked.advertisements)
    if (names !== undefined && !names.some((name) => existing.has(name))) {
      return note('UnknownPeer', `There is no BGPPeer ${names.join(' and no ')}, which alone should be told; create it, or correct peers.`)
    }
    const text = faults(asked)
    return text === ''
      ? note('NoPeers', 'No announcing node has a session; create a BGPPeer that selects one.')
      : note('PeerNotInForce', text)
  }
  return { noSession, faults }
}

/** The BGPPeers that alone are told; undefined if all are. */
function namedPeers(advertisements: readonly ActiveBgpAdvertisement[]): readonly string[] | undefined {
  const open = advertisements.length === 0 || advertisements.some(({ definition }) => definition.peers.length === 0)
  return open ? undefined : distinct(advertisements.flatMap(({ definition }) => definition.peers))
}
