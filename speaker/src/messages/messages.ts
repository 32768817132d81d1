import type { Family, Ip, Mac } from '@loadstone/ip'
import type { BfdCounts, BfdHandover, BfdReport, BfdSessionSpec } from './bfd'
import type { AddressCounts, Device } from './links'

/** Addresses this node answers for on the same interfaces. */
export type AddressGroup = {
  /** Absent means every eligible one. */
  readonly interfaces?: readonly string[]
  /** Separated by spaces: one text of thousands crosses to the other thread at a fraction of what as many objects cost. */
  readonly addresses: string
}

/** To the wire worker: always the whole truth, so that one that is lost or repeated does no harm. */
export type WorkerCommand =
  | {
      readonly is: 'snapshot'
      readonly serial: number
      readonly groups: readonly AddressGroup[]
      readonly excludeInterfaces: readonly string[]
    }
  /** Announce it once more, against a stranger's claim. */
  | { readonly is: 'defend'; readonly address: Ip }
  /** Look for routers on these interfaces, and on no others. */
  | { readonly is: 'watch-routers'; readonly interfaces: readonly RouterInterface[] }
  /** The BFD sessions to have, and what a predecessor has left of them. */
  | { readonly is: 'bfd'; readonly sessions: readonly BfdSessionSpec[]; readonly handovers: readonly BfdHandover[] }
  /** Leave the BFD sessions to a successor: silent from now on. Answered by bfd-left. */
  | { readonly is: 'bfd-hand-over' }
  /** Close everything and end. */
  | { readonly is: 'end' }

/** An interface over which unnumbered sessions go. */
export type RouterInterface = {
  readonly name: string
  /** A session over it is not up. */
  readonly awaited: boolean
}

/** What was found on such an interface. */
export type FoundRouters = {
  readonly interface: string
  /** Their link-local addresses, lowest first. */
  readonly routers: readonly Ip[]
  /** Why none can be found, as a sentence. */
  readonly problem?: string
}

/** An interface that could carry announcements. */
export type L2Interface = {
  readonly name: string
  readonly mac: Mac
  readonly up: boolean
  /** Global addresses, usable, sorted. */
  readonly addresses: readonly Ip[]
  /** By which families it can be answered on it: without a link-local address there is no NDP. */
  readonly answers: readonly Family[]
  /** Why it does not answer although it should. */
  readonly problem?: string
}

export type WorkerEvent =
  /** The whole truth again, whenever any of it changed. */
  | { readonly is: 'interfaces'; readonly interfaces: readonly L2Interface[] }
  /** Every link there is, again whenever any of it changed. */
  | { readonly is: 'devices'; readonly devices: readonly Device[] }
  /** The routers on every watched interface, again whenever any of it changed. */
  | { readonly is: 'routers'; readonly found: readonly FoundRouters[] }
  /** A snapshot is in force: sockets are open on every eligible interface, or have a problem. */
  | { readonly is: 'applied'; readonly serial: number }
  /** A stranger answers for one of our addresses. */
  | { readonly is: 'conflict'; readonly address: Ip; readonly mac: Mac; readonly on: string }
  /** Every BFD session, again whenever one of them changed. */
  | { readonly is: 'bfd'; readonly sessions: readonly BfdReport[] }
  /** Of every BFD session there is, by BGPPeer. Every few seconds while there are any. */
  | { readonly is: 'bfd-counters'; readonly sessions: ReadonlyMap<string, BfdCounts> }
  | { readonly is: 'bfd-handed-over'; readonly handovers: readonly BfdHandover[] }
  /** Frames so far, by what became of them. Every few seconds, so that silence means that the worker hangs. */
  | {
      readonly is: 'counters'
      readonly counters: Readonly<Record<string, number>>
      /** Totals of the addresses of which any changed since the last time. */
      readonly addresses: ReadonlyMap<Ip, AddressCounts>
    }
  /** Something that announcing survives. */
  | { readonly is: 'trouble'; readonly problem: string }

/** What the speaker heeds. The rest concerns its metrics alone. */
export type SpeakerWorkerEvent = Exclude<WorkerEvent, { readonly is: 'bfd-counters' }>

/** The worker as the main thread sees it. */
export type WorkerThread = {
  send(message: WorkerCommand): void
  onMessage(run: (message: WorkerEvent) => void): void
  onExit(run: (code: number) => void): void
}
