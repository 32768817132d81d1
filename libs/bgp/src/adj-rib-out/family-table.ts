import type { Family } from '@loadstone/ip'
import { type Nlri, nlriOf, prefixOfNlri } from '../message/nlri'
import { type Group, Groups, newRow, Ring, type Row, unlink } from './attribute-bucket'
import type { Route } from './route'
import type { Silence, Unannounced } from './unannounced'
import { type Speaker, type Speech, speechFor, withdrawalFor } from './update-encoder'

/**
 * The routes of one family: wanted, told, and the difference between them. Nothing is said twice, and what changes back before it was
 * said is not said at all. When a session comes up or goes, or everything is to be told again, it takes a step for each group of routes with
 * equal attributes and none for a route: what was told before an epoch no longer counts.
 */
export class RouteTable {
  readonly #family: Family
  readonly #rows = new Map<string, Row>()
  readonly #groups = new Groups()
  /** What the peer has and must not keep. */
  readonly #leaving = new Ring()
  readonly #changed = new Set<Group>()
  #speaker: Speaker | undefined
  #told = 0
  #pass = 0
  #epoch = 0
  /** The peer has what it was told since then, */
  #upSince = 0
  /** and what it was told since then need not be told again. */
  #freshSince = 0

  constructor(family: Family) {
    this.#family = family
  }

  /** How many routes the peer has. */
  get told(): number {
    return this.#told
  }

  beginPass(): void {
    this.#pass++
  }

  endPass(): void {
    for (const row of this.#rows.values()) if (row.pass !== this.#pass) this.#want(row, undefined)
  }

  want(route: Route): void {
    const nlri = nlriOf(route.prefix)
    const pathId = route.pathId ?? 0
    const key = keyOf(nlri, pathId)
    let row = this.#rows.get(key)
    if (row === undefined) {
      row = newRow(nlri, pathId)
      this.#rows.set(key, row)
    }
    row.pass = this.#pass
    this.#want(row, this.#groups.of(route))
  }

  unwant({ prefix, pathId }: Pick<Route, 'prefix' | 'pathId'>): void {
    const row = this.#rows.get(keyOf(nlriOf(prefix), pathId ?? 0))
    if (row !== undefined) this.#want(row, undefined)
  }

  up(speaker: Speaker): void {
    this.#speaker = speaker
    this.#upSince = ++this.#epoch
    this.#tellAll()
  }

  down(): void {
    this.#speaker = undefined
    this.#upSince = ++this.#epoch
    this.#told = 0
    this.#changed.clear()
    for (const group of this.#groups.all()) {
      group.speech = undefined
      group.told = 0
      group.resting.takeAll(group.waiting)
      this.#forget(group)
    }
    for (let row = this.#leaving.first; row !== undefined; row = this.#leaving.first) this.#place(row)
  }

  rephrase(speaker: Speaker): void {
    this.#speaker = speaker
    for (const group of this.#groups.all()) group.speech = undefined
    this.tellAgain()
  }

  tellAgain(): void {
    this.#epoch++
    this.#tellAll()
    const leaving = new Ring()
    leaving.takeAll(this.#leaving)
    for (let row = leaving.first; row !== undefined; row = leaving.first) this.#place(row)
  }

  unannounced(): readonly Unannounced[] {
    if (this.#speaker === undefined) return []
    return [...this.#rows.values()].flatMap((row) => {
      const reason = row.wanted === undefined ? undefined : this.#silence(row, row.wanted)
      return reason === undefined ? [] : [{ prefix: prefixOfNlri(this.#family, row.nlri), reason }]
    })
  }

  *withdrawals(): Generator<Uint8Array> {
    if (this.#speaker !== undefined && this.#leaving.first !== undefined)
      yield* this.#pack(this.#leaving, withdrawalFor(this.#speaker, this.#family), undefined)
  }

  *announcements(): Generator<Uint8Array> {
    for (const group of this.#changed) {
      const speech = this.#speech(group)
      if (typeof speech === 'object') yield* this.#pack(group.waiting, speech, group)
      else for (let row = group.waiting.first; row !== undefined; row = group.waiting.first) this.#place(row)
      if (group.waiting.first === undefined) this.#changed.delete(group)
    }
    yield* this.withdrawals() // of those that can no longer be said
  }

  /** Fills messages from the queue. While the caller holds a message back, rows may join and leave the queue. */
  *#pack(queue: Ring, speech: Speech, told: Group | undefined): Generator<Uint8Array> {
    const idOctets = this.#addsPaths() ? 4 : 0
    for (;;) {
      const batch = this.#fitting(queue, speech.room, idOctets)
      if (batch === undefined) return
      const nlri = this.#say(batch, told)
      if (told !== undefined) told.resting.takeUpTo(batch.last, queue)
      else this.#takenBack(batch.last, queue)
      yield speech.announce(nlri)
    }
  }

  /** The rows from the first that go into one message. */
  #fitting(queue: Ring, room: number, idOctets: number): Batch | undefined {
    let [row, last, octets] = [queue.first, undefined as Row | undefined, 0]
    while (row !== undefined && octets + idOctets + row.nlri.length <= room) {
      const next = queue.next(row)
      if (row.pathId !== 0 && idOctets === 0) this.#place(row)
      else {
        octets += idOctets + row.nlri.length
        last = row
      }
      row = next
    }
    return queue.first === undefined || last === undefined ? undefined : { first: queue.first, last, octets, idOctets }
  }

  /** The octets of these rows, which count as told from now on. */
  #say({ first, last, octets, idOctets }: Batch, told: Group | undefined): Uint8Array {
    const nlri = new Uint8Array(octets)
    for (let [row, at] = [first, 0]; ; row = row.after) {
      for (let shift = 8 * idOctets - 8; shift >= 0; shift -= 8) nlri[at++] = row.pathId >>> shift
      for (let i = 0; i < row.nlri.length; i++) nlri[at++] = row.nlri.charCodeAt(i)
      this.#tell(row, told)
      if (row === last) return nlri
    }
  }

  /** Some may still be wanted, though nothing can be said of them. */
  #takenBack(last: Row, queue: Ring): void {
    const gone = new Ring()
    gone.takeUpTo(last, queue)
    for (let row = gone.first; row !== undefined; row = gone.first) this.#place(row)
  }

  #want(row: Row, group: Group | undefined): void {
    const before = row.wanted
    if (before === group) return
    row.wanted = group
    if (group !== undefined) group.wanting++
    this.#place(row)
    if (before === undefined) return
    before.wanting--
    this.#forget(before)
  }

  #tell(row: Row, group: Group | undefined): void {
    const before = this.#has(row) ? row.told : undefined
    row.told = group
    row.epoch = this.#epoch
    if (before === group) return
    this.#told += Number(group !== undefined) - Number(before !== undefined)
    if (group !== undefined) group.told++
    if (before === undefined) return
    before.told--
    this.#forget(before)
  }

  #tellAll(): void {
    this.#freshSince = this.#epoch
    for (const group of this.#groups.all()) {
      group.waiting.takeAll(group.resting)
      this.#changed.add(group)
    }
  }

  /** Puts the row where its difference will be said; to rest if there is none, or nothing that may be said. */
  #place(row: Row): void {
    const { wanted } = row
    const silent = wanted === undefined || this.#silence(row, wanted) !== undefined
    if (silent && this.#has(row)) this.#leaving.take(row)
    else if (wanted === undefined) this.#drop(row)
    else if (silent || this.#speaker === undefined || this.#knows(row)) wanted.resting.take(row)
    else {
      wanted.waiting.take(row)
      this.#changed.add(wanted)
    }
  }

  /** The peer has it, in some words. */
  #has(row: Row): boolean {
    return row.told !== undefined && row.epoch >= this.#upSince
  }

  /** The peer has it as it is wanted, and has not asked again. */
  #knows(row: Row): boolean {
    return row.told === row.wanted && row.epoch >= this.#freshSince
  }

  #drop(row: Row): void {
    unlink(row)
    this.#rows.delete(keyOf(row.nlri, row.pathId))
  }

  /** Attributes nobody uses. */
  #forget(group: Group): void {
    if (group.wanting + group.told > 0) return
    this.#groups.delete(group)
    this.#changed.delete(group)
  }

  #silence(row: Row, group: Group): Silence | undefined {
    const speech = this.#speech(group)
    if (typeof speech === 'string') return speech
    return row.pathId !== 0 && this.#speaker !== undefined && !this.#addsPaths() ? 'add-path-not-agreed' : undefined
  }

  #speech(group: Group): Speech | Silence | undefined {
    if (this.#speaker === undefined) return undefined
    group.speech ??= speechFor(this.#speaker, this.#family, group.attributes)
    return group.speech
  }

  #addsPaths(): boolean {
    return this.#speaker?.agreed.addPathSend.includes(this.#family) === true
  }
}

type Batch = { readonly first: Row; readonly last: Row; readonly octets: number; readonly idOctets: number }

const keyOf = (nlri: Nlri, pathId: number): string => (pathId === 0 ? nlri : `${nlri}#${pathId}`)
