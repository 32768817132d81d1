import type { Group } from './groups'
import type { Nlri } from './nlri'

/** One route. 100,000 are an everyday case, so there is nothing in it but this. */
export type Row = {
  readonly nlri: Nlri
  readonly pathId: number
  wanted: Group | undefined
  /** What the peer was told last, in the epoch in which it was: whether that still holds is the table's business. */
  told: Group | undefined
  epoch: number
  /** The pass that named it last. */
  pass: number
  /** Its neighbours in the ring it is in; itself, if it is in none. */
  before: Row
  after: Row
}

export function newRow(nlri: Nlri, pathId: number): Row {
  const row = { nlri, pathId, wanted: undefined, told: undefined, epoch: 0, pass: 0 } as Omit<Row, 'before' | 'after'> as Row
  row.before = row
  row.after = row
  return row
}

export function unlink(row: Row): void {
  row.before.after = row.after
  row.after.before = row.before
  row.before = row
  row.after = row
}

/**
 * Rows in order. A row is in one ring at a time and leaves it without looking for it, and all rows of a ring pass to another at once:
 * when a session comes up or goes, no row is touched.
 */
export class Ring {
  readonly #end = newRow('' as Nlri, 0)

  get first(): Row | undefined {
    return this.next(this.#end)
  }

  next({ after }: Row): Row | undefined {
    return after === this.#end ? undefined : after
  }

  /** To the end of this ring, from whatever ring it is in. */
  take(row: Row): void {
    unlink(row)
    link(this.#end.before, row)
    link(row, this.#end)
  }

  takeAll(from: Ring): void {
    if (from.first !== undefined) this.takeUpTo(from.#end.before, from)
  }

  /** The rows of another ring from its first to this one. */
  takeUpTo(last: Row, from: Ring): void {
    const { after: first } = from.#end
    link(from.#end, last.after)
    link(this.#end.before, first)
    link(last, this.#end)
  }
}

function link(before: Row, after: Row): void {
  before.after = after
  after.before = before
}
