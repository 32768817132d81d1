import type { Bfd, Session, SessionDown } from '@loadstone/bfd'
import type { Cancel, Clock } from '@loadstone/clock'
import type { BfdLegacy, BfdPath, BfdReport, WantedBfd } from '../messages/bfd'
import type { FromWire } from '../messages/messages'
import { bfdPath } from './bfd-path'
import { countsOf, profileOf, report } from './bfd-report'
import type { LinkSeen } from './links'

export type BfdWatchPorts = { readonly clock: Clock; readonly bfd: Bfd; readonly post: (message: FromWire) => void }

type Watched = {
  wanted: WantedBfd
  readonly path: BfdPath
  readonly session: Session
  readonly silence: readonly (() => void)[]
}

/** A packet that is dropped for another reason than the one before is news; who sends such packets does not choose how often it is told. */
const detailMillis = 1_000
const countersMillis = 5_000

/**
 * The BFD sessions of the node, in the thread that owns the sockets. Told the whole truth each time, of the sessions by the main thread
 * and of the links by rtnetlink; works out the difference. Tells the whole truth, a change of state at once.
 */
export class BfdWatch {
  readonly #ports: BfdWatchPorts
  readonly #watched = new Map<string, Watched>()
  /** Why a session is not there. */
  readonly #problems = new Map<string, string>()
  readonly #losses = new Map<string, number>()
  #wanted: readonly WantedBfd[] = []
  #legacies: readonly BfdLegacy[] = []
  #links: readonly LinkSeen[] | undefined
  #told = '[]'
  #detail: Cancel | undefined
  #count: Cancel | undefined

  constructor(ports: BfdWatchPorts) {
    this.#ports = ports
  }

  /** These and no others, with what a predecessor has left of them. */
  reconcile(wanted: readonly WantedBfd[], legacies: readonly BfdLegacy[] = []): void {
    this.#wanted = wanted
    this.#legacies = legacies
    this.#apply()
  }

  links(links: readonly LinkSeen[]): void {
    this.#links = links
    this.#apply()
  }

  /** Falls silent, for a successor to go on. */
  handOver(): readonly BfdLegacy[] {
    const left = [...this.#watched].map(([peer, { path, session, silence }]) => {
      for (const quiet of silence) quiet()
      return { peer, path, resume: session.handOver() }
    })
    this.#watched.clear()
    this.#wanted = []
    this.#told = '[]'
    return left
  }

  /** Routers learn that this is no failure (RFC 5880 §6.8.16). Resolves when they have heard, or waiting longer is in vain. */
  close(): Promise<void> {
    this.#detail?.()
    this.#count?.()
    return this.#ports.bfd.close()
  }

  #apply(): void {
    const links = this.#links
    if (links === undefined) return
    this.#forgetOthers(new Set(this.#wanted.map(({ peer }) => peer)))
    const paths = new Map(this.#wanted.map((wanted) => [wanted, bfdPath(wanted, links, this.#watched.get(wanted.peer)?.path)]))
    for (const [{ peer }, path] of paths) if (!isSame(this.#watched.get(peer)?.path, path)) this.#drop(peer)
    for (const [wanted, path] of paths) this.#hold(wanted, path)
    this.#legacies = []
    this.#tell()
  }

  #forgetOthers(names: ReadonlySet<string>): void {
    for (const name of [...this.#watched.keys()]) if (!names.has(name)) this.#drop(name)
    for (const known of [this.#problems, this.#losses]) for (const name of [...known.keys()]) if (!names.has(name)) known.delete(name)
  }

  #hold(wanted: WantedBfd, path: BfdPath | { readonly waiting: string }): void {
    const { peer } = wanted
    this.#problems.delete(peer)
    if ('waiting' in path) {
      this.#problems.set(peer, path.waiting)
      return
    }
    try {
      const known = this.#watched.get(peer)
      if (known === undefined) this.#begin(wanted, path)
      else this.#renew(known, wanted)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      this.#problems.set(peer, error.message)
    }
  }

  #begin(wanted: WantedBfd, path: BfdPath): void {
    const { peer } = wanted
    const left = this.#legacies.find((legacy) => legacy.peer === peer && isSame(legacy.path, path))
    const resume = left === undefined ? {} : { resume: left.resume }
    const session = this.#ports.bfd.session({ ...path, profile: profileOf(wanted.profile), ...resume })
    const silence = [
      session.on('down', (down) => this.#lost(peer, session, down)),
      session.on('state', ({ previous }) => void (previous === 'up' || this.#tell())), // 'down' comes after it, and says more
      ...(['parameters', 'dropped', 'trouble'] as const).map((name) => session.on(name, () => this.#tellSoon())),
    ]
    this.#watched.set(peer, { wanted, path, session, silence })
    this.#countLater()
  }

  /** By a Poll Sequence: the session stays up (RFC 5880 §6.8.3). */
  #renew(known: Watched, wanted: WantedBfd): void {
    if (JSON.stringify(known.wanted.profile) !== JSON.stringify(wanted.profile)) known.session.update(profileOf(wanted.profile))
    known.wanted = wanted
  }

  #drop(name: string): void {
    const known = this.#watched.get(name)
    if (known === undefined) return
    this.#watched.delete(name)
    for (const quiet of known.silence) quiet()
    void known.session.close()
  }

  /** RFC 5882 §4.2: a session that either end takes down on purpose says nothing of the way. */
  #lost(peer: string, session: Session, { by }: SessionDown): void {
    const onPurpose = by === 'us' || (by === 'peer' && session.status().peer?.state === 'admin-down')
    if (!onPurpose) this.#losses.set(peer, (this.#losses.get(peer) ?? 0) + 1)
    this.#tell()
  }

  #tellSoon(): void {
    this.#detail ??= this.#ports.clock.after(detailMillis, () => this.#tell())
  }

  #tell(): void {
    this.#detail?.()
    this.#detail = undefined
    const sessions = this.#wanted.map((wanted) => this.#reportOf(wanted))
    const text = JSON.stringify(sessions)
    if (text === this.#told) return
    this.#told = text
    this.#ports.post({ is: 'bfd', sessions })
  }

  /** Packets come too often to be told one by one. The last message says that there is nothing left to count. */
  #countLater(): void {
    this.#count ??= this.#ports.clock.after(countersMillis, () => {
      this.#count = undefined
      const sessions = new Map([...this.#watched].map(([peer, { session }]) => [peer, countsOf(session.status())]))
      this.#ports.post({ is: 'bfd-counters', sessions })
      if (sessions.size > 0) this.#countLater()
    })
  }

  #reportOf(wanted: WantedBfd): BfdReport {
    const { peer } = wanted
    const losses = this.#losses.get(peer) ?? 0
    const problem = this.#problems.get(peer)
    const known = this.#watched.get(peer)
    if (known !== undefined && problem === undefined) return report(wanted, known.session.status(), losses)
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
