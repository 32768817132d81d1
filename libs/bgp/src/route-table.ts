import type { Family } from '@loadstone/ip'
import type { Silence, Unannounced } from './events'
import { type Nlri, nlriOf, prefixOfNlri } from './nlri'
import type { Route } from './route'
import { type RouteAttributes, type Speaker, type Speech, speechFor, withdrawalFor } from './speech'

/** Attributes that routes share. What waits to be said hangs here, ready to be packed. */
type Group = {
  readonly key: string
  readonly attributes: RouteAttributes
  readonly waiting: Set<Row>
  /** Rows that want it or were told it. */
  users: number
  speech: Speech | Silence | undefined
}

/** One route. 100,000 are an everyday case, so there is nothing in it but this. */
type Row = {
  readonly nlri: Nlri
  readonly pathId: number
  wanted: Group | undefined
  told: Group | undefined
  /** Where it waits to be said, if it does. */
  queue: Set<Row> | undefined
  /** The pass that named it last. */
  pass: number
}

/**
 * The routes of one family: wanted, told, and the difference between them. Nothing is said twice, and what changes back before it was
 * said is not said at all.
 */
export class RouteTable {
  readonly #family: Family
  readonly #rows = new Map<string, Row>()
  readonly #groups = new Map<string, Group>()
  readonly #leaving = new Set<Row>()
  readonly #changed = new Set<Group>()
  #speaker: Speaker | undefined
  #told = 0
  #pass = 0
  /** Routes mostly come in runs with the same attributes. */
  #last: { readonly route: Route; readonly group: Group } | undefined

  constructor(family: Family) {
    this.#family = family
  }

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
      row = { nlri, pathId, wanted: undefined, told: undefined, queue: undefined, pass: 0 }
      this.#rows.set(key, row)
    }
    row.pass = this.#pass
    this.#want(row, this.#group(route))
  }

  unwant({ prefix, pathId }: Pick<Route, 'prefix' | 'pathId'>): void {
    const row = this.#rows.get(keyOf(nlriOf(prefix), pathId ?? 0))
    if (row !== undefined) this.#want(row, undefined)
  }

  up(speaker: Speaker): void {
    this.#speaker = speaker
    for (const row of this.#rows.values()) this.#enqueue(row)
  }

  down(): void {
    this.#speaker = undefined
    this.#leaving.clear()
    this.#changed.clear()
    for (const group of this.#groups.values()) {
      group.speech = undefined
      group.waiting.clear()
    }
    for (const row of this.#rows.values()) {
      row.queue = undefined
      this.#tell(row, undefined)
    }
  }

  rephrase(speaker: Speaker): void {
    this.#speaker = speaker
    for (const group of this.#groups.values()) group.speech = undefined
    this.tellAgain()
  }

  tellAgain(): void {
    for (const row of this.#rows.values()) {
      if (row.wanted === undefined) continue // it still has to be taken back
      this.#tell(row, undefined)
      this.#enqueue(row)
    }
  }

  unannounced(): readonly Unannounced[] {
    if (this.#speaker === undefined) return []
    return [...this.#rows.values()].flatMap((row) => {
      const reason = row.wanted === undefined ? undefined : this.#silence(row, row.wanted)
      return reason === undefined ? [] : [{ prefix: prefixOfNlri(this.#family, row.nlri), reason }]
    })
  }

  *withdrawals(): Generator<Uint8Array> {
    if (this.#speaker !== undefined && this.#leaving.size > 0)
      yield* this.#pack(this.#leaving, withdrawalFor(this.#speaker, this.#family), undefined)
  }

  *announcements(): Generator<Uint8Array> {
    for (const group of this.#changed) {
      const { speech } = group
      if (typeof speech === 'object') yield* this.#pack(group.waiting, speech, group)
      if (group.waiting.size === 0) this.#changed.delete(group)
    }
  }

  /** Fills messages from the queue. While the caller holds a message back, rows may join and leave the queue. */
  *#pack(queue: Set<Row>, { room, announce }: Speech, told: Group | undefined): Generator<Uint8Array> {
    const idOctets = this.#speaker?.agreed.addPathSend.includes(this.#family) ? 4 : 0
    let batch: Row[] = []
    let octets = 0
    for (const row of queue) {
      if (octets + idOctets + row.nlri.length > room) {
        yield announce(this.#say(batch, octets, told))
        batch = []
        octets = 0
        if (row.queue !== queue) continue
      }
      batch.push(row)
      octets += idOctets + row.nlri.length
    }
    if (batch.length > 0) yield announce(this.#say(batch, octets, told))
  }

  /** The octets of these rows, which count as told from now on. */
  #say(batch: readonly Row[], octets: number, told: Group | undefined): Uint8Array {
    const nlri = new Uint8Array(octets)
    const withId = octets > batch.reduce((sum, row) => sum + row.nlri.length, 0)
    let at = 0
    for (const row of batch) {
      if (withId) for (let shift = 24; shift >= 0; shift -= 8) nlri[at++] = row.pathId >>> shift
      for (let i = 0; i < row.nlri.length; i++) nlri[at++] = row.nlri.charCodeAt(i)
      row.queue?.delete(row)
      row.queue = undefined
      this.#tell(row, told)
    }
    return nlri
  }

  #want(row: Row, group: Group | undefined): void {
    if (row.wanted === group) return
    const before = row.wanted
    row.wanted = group
    if (group !== undefined) group.users++
    this.#enqueue(row)
    this.#release(row, before)
  }

  #tell(row: Row, group: Group | undefined): void {
    if (row.told === group) return
    this.#told += Number(group !== undefined) - Number(row.told !== undefined)
    const before = row.told
    row.told = group
    if (group !== undefined) group.users++
    this.#release(row, before)
  }

  /** Forgets attributes nobody uses, and routes neither wanted nor told. */
  #release(row: Row, group: Group | undefined): void {
    if (group !== undefined && --group.users === 0) {
      this.#groups.delete(group.key)
      this.#changed.delete(group)
      if (this.#last?.group === group) this.#last = undefined
    }
    if (row.wanted === undefined && row.told === undefined) this.#rows.delete(keyOf(row.nlri, row.pathId))
  }

  /** Puts the row where its difference will be said; nowhere if there is none, or nothing that may be said. */
  #enqueue(row: Row): void {
    row.queue?.delete(row)
    row.queue = undefined
    if (this.#speaker === undefined || row.wanted === row.told) return
    const silent = row.wanted !== undefined && this.#silence(row, row.wanted) !== undefined
    if (row.wanted !== undefined && !silent) {
      row.queue = row.wanted.waiting
      this.#changed.add(row.wanted)
    } else if (row.told !== undefined) row.queue = this.#leaving
    row.queue?.add(row)
  }

  #silence(row: Row, group: Group): Silence | undefined {
    if (this.#speaker === undefined) return undefined
    group.speech ??= speechFor(this.#speaker, this.#family, group.attributes)
    if (typeof group.speech === 'string') return group.speech
    return row.pathId !== 0 && !this.#speaker.agreed.addPathSend.includes(this.#family) ? 'add-path-not-agreed' : undefined
  }

  #group(route: Route): Group {
    if (this.#last !== undefined && sameAttributes(this.#last.route, route)) return this.#last.group
    const key = attributesKey(route)
    let group = this.#groups.get(key)
    if (group === undefined) {
      const { prefix, pathId, ...attributes } = route
      group = { key, attributes, waiting: new Set(), users: 0, speech: undefined }
      this.#groups.set(key, group)
    }
    this.#last = { route, group }
    return group
  }
}

const keyOf = (nlri: Nlri, pathId: number): string => (pathId === 0 ? nlri : `${nlri}#${pathId}`)

const fields = [
  'nextHop',
  'origin',
  'localPref',
  'med',
  'communities',
  'extendedCommunities',
  'largeCommunities',
] as const satisfies readonly (keyof RouteAttributes)[]

/** Field by field, since it runs for every route; a list counts as the same only if it is the same object. */
const sameAttributes = (a: Route, b: Route): boolean =>
  a.nextHop === b.nextHop &&
  a.communities === b.communities &&
  a.largeCommunities === b.largeCommunities &&
  a.extendedCommunities === b.extendedCommunities &&
  sameNumbers(a, b)

const sameNumbers = (a: Route, b: Route): boolean => a.origin === b.origin && a.localPref === b.localPref && a.med === b.med

/** Equal for equal attributes: lists in order, and what is absent like its absence. */
const attributesKey = (route: Route): string => fields.map((field) => String(route[field] ?? '')).join('|')
