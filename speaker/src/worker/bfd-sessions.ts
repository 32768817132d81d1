import type { Bfd, Session, SessionDown } from '@loadstone/bfd'
import type { Cancel, Clock } from '@loadstone/clock'
import type { BfdHandover, BfdPath, BfdReport, BfdSessionSpec } from '../messages/bfd'
import type { WorkerEvent } from '../messages/messages'
import { bfdPath } from './bfd-path'
import { countsOf, profileOf, report } from './bfd-report'
import type { LinkState } from './links'

type BfdSessionsDeps = { readonly clock: Clock; readonly bfd: Bfd; readonly post: (message: WorkerEvent) => void }

type RunningSession = {
  spec: BfdSessionSpec
  readonly path: BfdPath
  readonly session: Session
  readonly unsubscribe: readonly (() => void)[]
}

/** Reports about dropped packets are sent at most this often, because whoever sends such packets must not decide how often. */
const detailMillis = 1_000
const countersMillis = 5_000

/**
 * Runs the node's BFD sessions. Desired sessions come from the main thread, links from rtnetlink. Posts complete reports, at once when a
 * state changes.
 */
export class BfdSessions {
  readonly #deps: BfdSessionsDeps
  readonly #running = new Map<string, RunningSession>()
  /** Why a desired session does not run, by BGPPeer. */
  readonly #problems = new Map<string, string>()
  readonly #losses = new Map<string, number>()
  #desired: readonly BfdSessionSpec[] = []
  #handovers: readonly BfdHandover[] = []
  #links: readonly LinkState[] | undefined
  #sent = '[]'
  #detail: Cancel | undefined
  #count: Cancel | undefined

  constructor(deps: BfdSessionsDeps) {
    this.#deps = deps
  }

  /** Runs exactly these sessions, resumed from a predecessor's handover state where there is any. */
  reconcile(spec: readonly BfdSessionSpec[], handovers: readonly BfdHandover[] = []): void {
    this.#desired = spec
    this.#handovers = handovers
    this.#apply()
  }

  links(links: readonly LinkState[]): void {
    this.#links = links
    this.#apply()
  }

  /** Stops every session without a packet, and returns what a successor needs to continue them. */
  handOver(): readonly BfdHandover[] {
    const left = [...this.#running].map(([peer, { path, session, unsubscribe }]) => {
      for (const quiet of unsubscribe) quiet()
      return { peer, path, resume: session.handOver() }
    })
    this.#running.clear()
    this.#desired = []
    this.#sent = '[]'
    return left
  }

  /** Closes every session with AdminDown (RFC 5880 §6.8.16). Resolves when routers have heard it, or do not answer. */
  close(): Promise<void> {
    this.#detail?.()
    this.#count?.()
    return this.#deps.bfd.close()
  }

  #apply(): void {
    const links = this.#links
    if (links === undefined) return
    this.#forgetOthers(new Set(this.#desired.map(({ peer }) => peer)))
    const paths = new Map(this.#desired.map((spec) => [spec, bfdPath(spec, links, this.#running.get(spec.peer)?.path)]))
    for (const [{ peer }, path] of paths) if (!isSame(this.#running.get(peer)?.path, path)) this.#drop(peer)
    for (const [spec, path] of paths) this.#ensure(spec, path)
    this.#handovers = []
    this.#sendReports()
  }

  #forgetOthers(names: ReadonlySet<string>): void {
    for (const name of [...this.#running.keys()]) if (!names.has(name)) this.#drop(name)
    for (const known of [this.#problems, this.#losses]) for (const name of [...known.keys()]) if (!names.has(name)) known.delete(name)
  }

  #ensure(spec: BfdSessionSpec, path: BfdPath | { readonly waiting: string }): void {
    const { peer } = spec
    this.#problems.delete(peer)
    if ('waiting' in path) {
      this.#problems.set(peer, path.waiting)
      return
    }
    try {
      const known = this.#running.get(peer)
      if (known === undefined) this.#begin(spec, path)
      else this.#update(known, spec)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#problems.set(peer, error.message)
    }
  }

  #begin(spec: BfdSessionSpec, path: BfdPath): void {
    const { peer } = spec
    const left = this.#handovers.find((one) => one.peer === peer && isSame(one.path, path))
    const resume = left === undefined ? {} : { resume: left.resume }
    const session = this.#deps.bfd.session({ ...path, profile: profileOf(spec.profile), ...resume })
    const unsubscribe = [
      session.on('down', (down) => this.#lost(peer, session, down)),
      session.on('state', ({ previous }) => void (previous === 'up' || this.#sendReports())), // after Up, 'down' follows with the reason
      ...(['parameters', 'dropped', 'trouble'] as const).map((name) => session.on(name, () => this.#sendReportsSoon())),
    ]
    this.#running.set(peer, { spec, path, session, unsubscribe })
    this.#countLater()
  }

  /** Changes the timers by a Poll Sequence, so that the session stays up (RFC 5880 §6.8.3). */
  #update(known: RunningSession, spec: BfdSessionSpec): void {
    if (JSON.stringify(known.spec.profile) !== JSON.stringify(spec.profile)) known.session.update(profileOf(spec.profile))
    known.spec = spec
  }

  #drop(name: string): void {
    const known = this.#running.get(name)
    if (known === undefined) return
    this.#running.delete(name)
    for (const quiet of known.unsubscribe) quiet()
    void known.session.close()
  }

  /** Counts a failure of the path. A session that either end closes on purpose says nothing about the path (RFC 5882 §4.2). */
  #lost(peer: string, session: Session, { by }: SessionDown): void {
    const onPurpose = by === 'us' || (by === 'peer' && session.status().peer?.state === 'admin-down')
    if (!onPurpose) this.#losses.set(peer, (this.#losses.get(peer) ?? 0) + 1)
    this.#sendReports()
  }

  #sendReportsSoon(): void {
    this.#detail ??= this.#deps.clock.after(detailMillis, () => this.#sendReports())
  }

  #sendReports(): void {
    this.#detail?.()
    this.#detail = undefined
    const sessions = this.#desired.map((spec) => this.#reportOf(spec))
    const text = JSON.stringify(sessions)
    if (text === this.#sent) return
    this.#sent = text
    this.#deps.post({ is: 'bfd', sessions })
  }

  /** Posts counters every few seconds; the last message, without sessions, ends it. */
  #countLater(): void {
    this.#count ??= this.#deps.clock.after(countersMillis, () => {
      this.#count = undefined
      const sessions = new Map([...this.#running].map(([peer, { session }]) => [peer, countsOf(session.status())]))
      this.#deps.post({ is: 'bfd-counters', sessions })
      if (sessions.size > 0) this.#countLater()
    })
  }

  #reportOf(spec: BfdSessionSpec): BfdReport {
    const { peer } = spec
    const losses = this.#losses.get(peer) ?? 0
    const problem = this.#problems.get(peer)
    const known = this.#running.get(peer)
    if (known !== undefined && problem === undefined) return report(spec, known.session.status(), losses)
    return { peer, state: known?.session.status().state ?? 'down', losses, ...(problem === undefined ? {} : { problem }) }
  }
}

const isSame = (a: BfdPath | undefined, b: BfdPath | { readonly waiting: string }): boolean =>
  a !== undefined &&
  !('waiting' in b) &&
  a.peer === b.peer &&
  a.local === b.local &&
  a.interface === b.interface &&
  a.multihop === b.multihop
