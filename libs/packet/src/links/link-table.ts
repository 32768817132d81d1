import type { LinkAddress, LinkInfo, RtnetlinkMessage } from './rtnetlink'

export type Link = LinkInfo & { readonly addresses: readonly LinkAddress[] }

/** Links and addresses are dumped one after the other, since the kernel serves one dump at a time; then events keep the table current. */
type LinkTable = {
  readonly phase: 'links' | 'addresses' | 'current'
  /** An event was lost, or the table changed, during the dump: the dump starts again when it ends. */
  readonly stale: boolean
  readonly links: ReadonlyMap<number, LinkInfo>
  readonly addresses: ReadonlyMap<number, readonly LinkAddress[]>
}
export type Event = RtnetlinkMessage | { readonly is: 'lost' }
export type Step = { readonly table: LinkTable; readonly ask?: 'links' | 'addresses' }

/** The table when the first dump, that of links, has been requested. */
export const emptyTable: LinkTable = { phase: 'links', stale: false, links: new Map(), addresses: new Map() }
const again: Step = { table: emptyTable, ask: 'links' }

/** The table after one event, and which dump to request next. */
export function step(table: LinkTable, event: Event): Step {
  switch (event.is) {
    case 'link':
      return { table: { ...table, links: new Map(table.links).set(event.link.index, event.link) } }
    case 'link-gone':
      return { table: { ...table, links: without(table.links, event.index), addresses: without(table.addresses, event.index) } }
    case 'address':
    case 'address-gone':
      return { table: { ...table, addresses: withAddress(table.addresses, event) } }
    case 'done':
      return dumped(table, event.interrupted)
    case 'lost':
    case 'malformed':
      return table.phase === 'current' ? again : { table: { ...table, stale: true } }
    case 'refused':
      return { table }
  }
}

function dumped(table: LinkTable, interrupted: boolean): Step {
  const stale = table.stale || interrupted
  if (table.phase === 'links') return { table: { ...table, stale, phase: 'addresses' }, ask: 'addresses' }
  return stale ? again : { table: { ...table, phase: 'current' } }
}

const without = <T>(map: ReadonlyMap<number, T>, key: number): ReadonlyMap<number, T> =>
  new Map([...map].filter(([other]) => other !== key))

function withAddress(all: LinkTable['addresses'], event: Extract<Event, { is: 'address' | 'address-gone' }>): LinkTable['addresses'] {
  const { is, index, address } = event
  const others = (all.get(index) ?? []).filter(({ ip, length }) => ip !== address.ip || length !== address.length)
  return new Map(all).set(index, is === 'address' ? [...others, address] : others)
}

/** Links by index, their addresses in the kernel's order. */
export function linksOf({ links, addresses }: LinkTable): readonly Link[] {
  return [...links.values()].toSorted((a, b) => a.index - b.index).map((link) => ({ ...link, addresses: addresses.get(link.index) ?? [] }))
}
