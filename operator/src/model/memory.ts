import { type Ip, parseIp } from '@loadstone/ip'
import { filled, list, record, text } from './json'

/** What a Service was given, as we noted on it. */
export type NotedAllocation = {
  /** In status order. */
  readonly ips: readonly Ip[]
  /** By which it shares: shareTerms() of then. */
  readonly terms: string
  /** Noted on this very object; otherwise it was copied or restored from another one, and is a wish at most. */
  readonly own: boolean
}

/** Whether the status says something else than what was given: somebody else wrote it, or the note. */
export const isOverwritten = ({ memory, ips, foreign }: Held): boolean =>
  memory?.own === true && (foreign || memory.ips.join() !== ips.join())

type Held = { readonly memory: NotedAllocation | undefined; readonly ips: readonly Ip[]; readonly foreign: boolean }

type Sharing = {
  readonly shareKey: string | undefined
  readonly backendKey: string
  readonly ports: readonly { readonly protocol: string; readonly port: number }[]
}

/** By what a Service shares its address. Two Services whose terms are what they were go on sharing, whoever else is edited. */
export const shareTerms = ({ shareKey, backendKey, ports }: Sharing): string =>
  JSON.stringify([shareKey ?? '', backendKey, ...ports.map(({ protocol, port }) => `${protocol}/${port}`).sort()])

/** The note as it stands in the annotation. */
export const memoryText = (ips: readonly Ip[], service: Sharing & { readonly meta: { readonly uid: string } }): string =>
  JSON.stringify({ ips, terms: shareTerms(service), uid: service.meta.uid })

/** The note of a Service that lost its addresses, and gets them back if they are free when it can have some. */
export const wishText = (ips: readonly Ip[]): string => JSON.stringify({ ips })

/** What the annotation says; undefined if it cannot be read, as if it were not there. */
export function parseMemory(annotation: string | undefined, uid: string): NotedAllocation | undefined {
  if (annotation === undefined) return undefined
  const noted = record(parsed(annotation))
  const ips = list(noted['ips']).flatMap((item) => parseIp(text(item) ?? '') ?? [])
  if (ips.length === 0) return undefined
  return { ips, terms: text(noted['terms']) ?? '', own: filled(noted['uid']) === uid }
}

function parsed(annotation: string): unknown {
  try {
    return JSON.parse(annotation)
  } catch {
    return undefined
  }
}
