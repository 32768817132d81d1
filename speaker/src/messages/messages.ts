import type { Family, Ip, Mac } from '@loadstone/ip'
import type { BfdCounts, BfdHandover, BfdReport, BfdSessionSpec } from './bfd'
import type { AddressCounts, Device } from './links'

/** Addresses this node answers for on the same interfaces. */
export type AddressGroup = {
  /** Absent means every eligible interface. */
  readonly interfaces?: readonly string[]
  readonly addresses: readonly Ip[]
}

/** A message to the worker. Desired sets are complete, so a message that is lost or repeated does no harm. */
export type WorkerCommand =
  | {
      readonly is: 'snapshot'
      readonly serial: number
      readonly groups: readonly AddressGroup[]
      readonly excludeInterfaces: readonly string[]
    }
  /** Announce the address once more, against a stranger's claim. */
  | { readonly is: 'defend'; readonly address: Ip }
  /** Look for routers on exactly these interfaces. */
  | { readonly is: 'watch-routers'; readonly interfaces: readonly RouterInterface[] }
  /** The desired BFD sessions, and handover state of a predecessor's. */
  | { readonly is: 'bfd'; readonly sessions: readonly BfdSessionSpec[]; readonly handovers: readonly BfdHandover[] }
  /** Hand the BFD sessions over to a successor and send no packet from now on. Answered by bfd-handed-over. */
  | { readonly is: 'bfd-hand-over' }
  /** Close everything and end. */
  | { readonly is: 'end' }

/** An interface over which unnumbered sessions go. */
export type RouterInterface = {
  readonly name: string
  /** A session over it is not up. */
  readonly awaited: boolean
}

/** The routers found on an interface of unnumbered sessions. */
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
  /** Families that can be answered for on the interface: NDP needs a link-local address. */
  readonly answers: readonly Family[]
  /** Why the interface does not answer although it should. */
  readonly problem?: string
}

/** A message from the worker. Sets are complete, and sent again whenever a part of them changed. */
export type WorkerEvent =
  /** Every interface that could carry announcements. */
  | { readonly is: 'interfaces'; readonly interfaces: readonly L2Interface[] }
  /** Every link of the node. */
  | { readonly is: 'devices'; readonly devices: readonly Device[] }
  /** The routers on every watched interface. */
  | { readonly is: 'routers'; readonly found: readonly FoundRouters[] }
  /** A snapshot is in force: sockets are open on every eligible interface, or have a problem. */
  | { readonly is: 'applied'; readonly serial: number }
  /** A stranger answers for one of our addresses. */
  | { readonly is: 'conflict'; readonly address: Ip; readonly mac: Mac; readonly on: string }
  /** The status of every BFD session. */
  | { readonly is: 'bfd'; readonly sessions: readonly BfdReport[] }
  /** Counters of every BFD session by BGPPeer, every few seconds while there are sessions. */
  | { readonly is: 'bfd-counters'; readonly sessions: ReadonlyMap<string, BfdCounts> }
  | { readonly is: 'bfd-handed-over'; readonly handovers: readonly BfdHandover[] }
  /** Totals of frames by outcome, every few seconds, so that silence means that the worker hangs. */
  | {
      readonly is: 'counters'
      readonly counters: Readonly<Record<string, number>>
      /** Totals of the addresses of which any changed since the last time. */
      readonly addresses: ReadonlyMap<Ip, AddressCounts>
    }
  /** A problem that does not stop announcing. */
  | { readonly is: 'trouble'; readonly problem: string }

/** The events that Speaker handles. The others concern metrics alone. */
export type SpeakerWorkerEvent = Exclude<WorkerEvent, { readonly is: 'bfd-counters' }>

/** The worker as the main thread sees it. */
export type WorkerThread = {
  send(message: WorkerCommand): void
  onMessage(run: (message: WorkerEvent) => void): void
  onExit(run: (code: number) => void): void
}
