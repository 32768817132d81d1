import type { Family } from '@loadstone/ip'
import { type Nlri, nlriOf, prefixOfNlri } from '../message/update/nlri'
import { type AttributeBucket, AttributeBuckets, EntryList, newEntry, type PrefixEntry, unlink } from './attribute-bucket'
import type { Route } from './route'
import type { NotAdvertisedReason, Unannounced } from './unannounced'
import { type EncoderInput, encoderFor, type UpdateEncoder, withdrawalEncoderFor } from './update-encoder'

/**
 * The Adj-RIB-Out of one family: wanted routes, advertised routes, and the difference. A change that is undone before it was sent is not
 * sent. A session that comes up or goes, and a refresh, cost one step per attribute bucket and none per route: entries carry the epoch in
 * which they were advertised, and older epochs no longer count.
 */
export class FamilyTable {
  readonly #family: Family
  readonly #entries = new Map<string, PrefixEntry>()
  readonly #buckets = new AttributeBuckets()
  /** Entries that the peer has and that must be withdrawn. */
  readonly #withdrawing = new EntryList()
  readonly #changed = new Set<AttributeBucket>()
  #input: EncoderInput | undefined
  #advertised = 0
  #pass = 0
  #epoch = 0
  /** Epoch at which the session came up. */
  #upSince = 0
  /** Entries advertised at or after this epoch need no resend. */
  #freshSince = 0

  constructor(family: Family) {
    this.#family = family
  }

  /** How many routes the peer has. */
  get advertised(): number {
    return this.#advertised
  }

  beginPass(): void {
    this.#pass++
  }

  endPass(): void {
    for (const entry of this.#entries.values()) if (entry.pass !== this.#pass) this.#setWanted(entry, undefined)
  }

  set(route: Route): void {
    const nlri = nlriOf(route.prefix)
    const pathId = route.pathId ?? 0
    const key = keyOf(nlri, pathId)
    let entry = this.#entries.get(key)
    if (entry === undefined) {
      entry = newEntry(nlri, pathId)
      this.#entries.set(key, entry)
    }
    entry.pass = this.#pass
    this.#setWanted(entry, this.#buckets.of(route))
  }

  remove({ prefix, pathId }: Pick<Route, 'prefix' | 'pathId'>): void {
    const entry = this.#entries.get(keyOf(nlriOf(prefix), pathId ?? 0))
    if (entry !== undefined) this.#setWanted(entry, undefined)
  }

  up(input: EncoderInput): void {
    this.#input = input
    this.#upSince = ++this.#epoch
    this.#queueAll()
  }

  down(): void {
    this.#input = undefined
    this.#upSince = ++this.#epoch
    this.#advertised = 0
    this.#changed.clear()
    for (const bucket of this.#buckets.all()) {
      bucket.encoder = undefined
      bucket.advertised = 0
      bucket.idle.takeAll(bucket.pending)
      this.#dropUnused(bucket)
    }
    for (let entry = this.#withdrawing.first; entry !== undefined; entry = this.#withdrawing.first) this.#place(entry)
  }

  reencode(input: EncoderInput): void {
    this.#input = input
    for (const bucket of this.#buckets.all()) bucket.encoder = undefined
    this.refresh()
  }

  refresh(): void {
    this.#epoch++
    this.#queueAll()
    const withdrawing = new EntryList()
    withdrawing.takeAll(this.#withdrawing)
    for (let entry = withdrawing.first; entry !== undefined; entry = withdrawing.first) this.#place(entry)
  }

  unannounced(): readonly Unannounced[] {
    if (this.#input === undefined) return []
    return [...this.#entries.values()].flatMap((entry) => {
      const reason = entry.wanted === undefined ? undefined : this.#notAdvertisedReason(entry, entry.wanted)
      return reason === undefined ? [] : [{ prefix: prefixOfNlri(this.#family, entry.nlri), reason }]
    })
  }

  *withdrawals(): Generator<Uint8Array> {
    if (this.#input !== undefined && this.#withdrawing.first !== undefined)
      yield* this.#messages(this.#withdrawing, withdrawalEncoderFor(this.#input, this.#family), undefined)
  }

  *announcements(): Generator<Uint8Array> {
    for (const bucket of this.#changed) {
      const encoder = this.#encoder(bucket)
      if (typeof encoder === 'object') yield* this.#messages(bucket.pending, encoder, bucket)
      else for (let entry = bucket.pending.first; entry !== undefined; entry = bucket.pending.first) this.#place(entry)
      if (bucket.pending.first === undefined) this.#changed.delete(bucket)
    }
    yield* this.withdrawals() // withdraws routes that cannot be advertised any more
  }

  /** Fills messages from the queue. While the caller holds a message back, entries may join and leave the queue. */
  *#messages(queue: EntryList, encoder: UpdateEncoder, bucket: AttributeBucket | undefined): Generator<Uint8Array> {
    const idOctets = this.#addsPaths() ? 4 : 0
    for (;;) {
      const batch = this.#fitting(queue, encoder.room, idOctets)
      if (batch === undefined) return
      const nlri = this.#nlriOf(batch, bucket)
      if (bucket !== undefined) bucket.idle.takeUpTo(batch.last, queue)
      else this.#recordWithdrawn(batch.last, queue)
      yield encoder.encode(nlri)
    }
  }

  /** The entries from the first that go into one message. */
  #fitting(queue: EntryList, room: number, idOctets: number): Batch | undefined {
    let [entry, last, octets] = [queue.first, undefined as PrefixEntry | undefined, 0]
    while (entry !== undefined && octets + idOctets + entry.nlri.length <= room) {
      const next = queue.next(entry)
      if (entry.pathId !== 0 && idOctets === 0) this.#place(entry)
      else {
        octets += idOctets + entry.nlri.length
        last = entry
      }
      entry = next
    }
    return queue.first === undefined || last === undefined ? undefined : { first: queue.first, last, octets, idOctets }
  }

  /** Encodes the NLRI of these entries and records them as advertised. */
  #nlriOf({ first, last, octets, idOctets }: Batch, bucket: AttributeBucket | undefined): Uint8Array {
    const nlri = new Uint8Array(octets)
    for (let [entry, at] = [first, 0]; ; entry = entry.after) {
      for (let shift = 8 * idOctets - 8; shift >= 0; shift -= 8) nlri[at++] = entry.pathId >>> shift
      for (let i = 0; i < entry.nlri.length; i++) nlri[at++] = entry.nlri.charCodeAt(i)
      this.#recordAdvertised(entry, bucket)
      if (entry === last) return nlri
    }
  }

  /** Records entries as withdrawn. Some may still be wanted, without a way to advertise them. */
  #recordWithdrawn(last: PrefixEntry, queue: EntryList): void {
    const gone = new EntryList()
    gone.takeUpTo(last, queue)
    for (let entry = gone.first; entry !== undefined; entry = gone.first) this.#place(entry)
  }

  #setWanted(entry: PrefixEntry, bucket: AttributeBucket | undefined): void {
    const before = entry.wanted
    if (before === bucket) return
    entry.wanted = bucket
    if (bucket !== undefined) bucket.wanting++
    this.#place(entry)
    if (before === undefined) return
    before.wanting--
    this.#dropUnused(before)
  }

  #recordAdvertised(entry: PrefixEntry, bucket: AttributeBucket | undefined): void {
    const before = this.#isAdvertised(entry) ? entry.advertised : undefined
    entry.advertised = bucket
    entry.epoch = this.#epoch
    if (before === bucket) return
    this.#advertised += Number(bucket !== undefined) - Number(before !== undefined)
    if (bucket !== undefined) bucket.advertised++
    if (before === undefined) return
    before.advertised--
    this.#dropUnused(before)
  }

  #queueAll(): void {
    this.#freshSince = this.#epoch
    for (const bucket of this.#buckets.all()) {
      bucket.pending.takeAll(bucket.idle)
      this.#changed.add(bucket)
    }
  }

  /** Puts the entry into the list that its difference belongs to; into `idle` if there is none, or it may not be advertised. */
  #place(entry: PrefixEntry): void {
    const { wanted } = entry
    const withheld = wanted === undefined || this.#notAdvertisedReason(entry, wanted) !== undefined
    if (withheld && this.#isAdvertised(entry)) this.#withdrawing.take(entry)
    else if (wanted === undefined) this.#drop(entry)
    else if (withheld || this.#input === undefined || this.#isUpToDate(entry)) wanted.idle.take(entry)
    else {
      wanted.pending.take(entry)
      this.#changed.add(wanted)
    }
  }

  /** The peer has the route, with these or other attributes. */
  #isAdvertised(entry: PrefixEntry): boolean {
    return entry.advertised !== undefined && entry.epoch >= this.#upSince
  }

  /** The peer has the route as wanted, and no refresh is due. */
  #isUpToDate(entry: PrefixEntry): boolean {
    return entry.advertised === entry.wanted && entry.epoch >= this.#freshSince
  }

  #drop(entry: PrefixEntry): void {
    unlink(entry)
    this.#entries.delete(keyOf(entry.nlri, entry.pathId))
  }

  /** Deletes a bucket that no entry wants or was advertised with. */
  #dropUnused(bucket: AttributeBucket): void {
    if (bucket.wanting + bucket.advertised > 0) return
    this.#buckets.delete(bucket)
    this.#changed.delete(bucket)
  }

  #notAdvertisedReason(entry: PrefixEntry, bucket: AttributeBucket): NotAdvertisedReason | undefined {
    const encoder = this.#encoder(bucket)
    if (typeof encoder === 'string') return encoder
    return entry.pathId !== 0 && this.#input !== undefined && !this.#addsPaths() ? 'add-path-not-agreed' : undefined
  }

  #encoder(bucket: AttributeBucket): UpdateEncoder | NotAdvertisedReason | undefined {
    if (this.#input === undefined) return undefined
    bucket.encoder ??= encoderFor(this.#input, this.#family, bucket.attributes)
    return bucket.encoder
  }

  #addsPaths(): boolean {
    return this.#input?.negotiated.addPathSend.includes(this.#family) === true
  }
}

type Batch = { readonly first: PrefixEntry; readonly last: PrefixEntry; readonly octets: number; readonly idOctets: number }

const keyOf = (nlri: Nlri, pathId: number): string => (pathId === 0 ? nlri : `${nlri}#${pathId}`)
