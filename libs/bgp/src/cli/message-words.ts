import type { DescribedMessage } from '../capture/describe'
import type { StreamProblem } from '../capture/messages'
import { unicastFamily } from '../message/family'
import { refreshSubtypes } from '../message/route-refresh'
import type { PeerOpen } from '../session/peer-open'
import { updateInWords } from './report'

/** A message in words; what an UPDATE says is indented below it. */
export function messageInWords({ at, what }: LocatedMessage): readonly string[] {
  const [head = '', ...more] = inWords(what)
  return [at === undefined ? head : `#${at.frame} ${at.from} > ${at.to} ${head}`, ...more.map((line) => `  ${line}`)]
}

function inWords(what: DescribedMessage | StreamProblem): readonly string[] {
  if ('malformed' in what) return [`${what.type}, malformed: ${what.malformed}: ${Buffer.from(what.octets).toString('hex')}`]
  switch (what.type) {
    case 'OPEN':
      return [`OPEN AS ${what.as}, identifier ${what.id}, hold ${what.holdSeconds} s: ${openInWords(what).join(', ')}`]
    case 'UPDATE':
      return ['UPDATE', ...updateInWords(what)]
    case 'NOTIFICATION':
      return [`NOTIFICATION ${what.name} (${what.code}/${what.subcode})${dataInWords(what)}`]
    case 'KEEPALIVE':
      return ['KEEPALIVE']
    case 'ROUTE-REFRESH':
      return [`ROUTE-REFRESH ${unicastFamily(what.afi, what.safi) ?? `AFI ${what.afi} SAFI ${what.safi}`}${markInWords(what.subtype)}`]
    default:
      return [`${what.type}: ${what.problem}`]
  }
}

function dataInWords({ reason, data }: { readonly reason?: string; readonly data: Uint8Array }): string {
  if (reason !== undefined) return `: ${JSON.stringify(reason)}`
  return data.length === 0 ? '' : `, data ${Buffer.from(data).toString('hex')}`
}

function markInWords(subtype: number): string {
  const name = Object.entries(refreshSubtypes).find(([, number]) => number === subtype)?.[0] ?? `subtype ${subtype}`
  return name === 'request' ? '' : `, ${name}`
}

const abilities = {
  fourOctetAs: 'four-octet AS',
  routeRefresh: 'route refresh',
  enhancedRefresh: 'enhanced refresh',
  extendedMessage: 'extended message',
  extendedNextHop: 'extended next hop',
} as const satisfies { readonly [name in keyof PeerOpen]?: string }

/** Families, then known capabilities, then the codes of all capabilities. */
function openInWords(offer: PeerOpen): readonly string[] {
  const { gracefulRestart: restart, addPath, longLived, roles, capabilities } = offer
  const names = Object.entries(abilities).flatMap(([name, words]) => (offer[name as keyof typeof abilities] ? [words] : []))
  const byFamily = (words: string, values: object): readonly string[] =>
    Object.entries(values).map(([family, value]) => `${words} ${family} ${value}`)
  return [
    offer.families.join(' and ') || 'no family of ours',
    ...(offer.version === 4 ? [] : [`version ${offer.version}`]),
    ...names,
    ...byFamily('add-path', addPath),
    ...roles.map((role) => `role ${role}`),
    ...(restart === undefined ? [] : [`graceful restart ${restart.seconds} s${restart.restarted ? ' (restarted)' : ''}`]),
    ...byFamily('long-lived', longLived),
    `capabilities ${capabilities.map(({ code }) => code).join(' ') || 'none'}`,
  ]
}

/** A message or a trouble, and where it was: in which packet, from whom to whom. Hex is from nowhere. */
export type LocatedMessage = {
  readonly at?: { readonly frame: number; readonly from: string; readonly to: string }
  readonly what: DescribedMessage | StreamProblem
}
