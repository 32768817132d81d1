import type { Decided } from '../publish/publish'
import type { ApplyWrite, Write } from '../publish/write'
import { objectOf } from '../publish/write'
import { itemsOf, listingOf, PublishedPaths } from './published-paths'

/**
 * The writes of a phase that have to wait for writes which did not succeed: a plan that lists an object which does not exist, and whatever
 * takes away the last published path of an address or prefix that is still to be announced.
 */
export function heldBack(phase: readonly Write[], unwritten: readonly Write[], decided: Decided): ReadonlySet<Write> {
  const missing = unwritten.filter((write) => write.do === 'apply')
  if (missing.length === 0) return new Set()
  const paths = new PublishedPaths(missing, decided)
  return new Set(phase.filter((write) => write.do === 'apply' && waitsFor(write, paths)))
}

function waitsFor(write: ApplyWrite, paths: PublishedPaths): boolean {
  const { object, name } = write
  if (object.kind !== 'AnnouncementPlan') {
    const kept = itemsOf(object)
    return [...paths.itemsBefore(objectOf(write))].some((item) => !kept.has(item) && !paths.remains(item))
  }
  const listed = listingOf(object.spec)
  const dropped = paths.listedBefore(name).filter((id) => !listed.includes(id))
  return (
    listed.some((id) => paths.isAbsent(id)) || dropped.some((id) => [...paths.itemsBefore(id)].some((item) => !paths.remains(item, listed)))
  )
}
