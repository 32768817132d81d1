/** An indivisible part of an object; `size` counts towards the object's limit. */
export type Item = { readonly key: string; readonly size: number }

/** An object as published. */
export type Shelf = { readonly name: string; readonly items: readonly Item[] }

/** Content of an object: `keys` are final, `held` stay until their new object is published. */
export type Packed = { readonly keys: readonly string[]; readonly held: readonly string[] }

export type Packing = {
  readonly shelves: readonly Shelf[]
  readonly wanted: ReadonlyMap<string, Item>
  readonly limit: number
  /** Whether the item is wanted in an object of another kind or audience. */
  readonly movedAway: (key: string) => boolean
  /** Name of object number n. */
  readonly nameOf: (n: number) => string
}

type Open = { readonly keys: string[]; readonly held: string[]; room: number }

/**
 * Distributes items over objects of limited size. An item stays in its object, so that one change rewrites one object. A new item goes
 * into the first object with room.
 */
export function pack(packing: Packing): ReadonlyMap<string, Packed> {
  const placed = new Set<string>()
  const packed = new Map(packing.shelves.map((shelf) => [shelf.name, stay(shelf, packing, placed)]))
  let open = [...packed.values()]
  for (const [key, { size }] of packing.wanted) {
    if (placed.has(key)) continue
    // Full objects are not tried again.
    if (open[0] !== undefined && open[0].room <= 0) open = open.filter(({ room }) => room > 0)
    const shelf = open.find(({ room }) => room >= size) ?? begin()
    shelf.keys.push(key)
    shelf.room -= size
  }
  return packed

  function begin(): Open {
    let n = 0
    while (packed.has(packing.nameOf(n))) n++
    const shelf: Open = { keys: [], held: [], room: packing.limit }
    packed.set(packing.nameOf(n), shelf)
    open.push(shelf)
    return shelf
  }
}

/** The items that stay in an object, and those it keeps until they are published elsewhere. */
function stay({ items }: Shelf, { wanted, limit, movedAway }: Packing, placed: Set<string>): Open {
  const shelf: Open = { keys: [], held: [], room: limit }
  for (const { key, size } of items) {
    const item = placed.has(key) ? undefined : wanted.get(key)
    if (item !== undefined && item.size <= shelf.room) {
      placed.add(key)
      shelf.keys.push(key)
      shelf.room -= item.size
    } else if (item === undefined && movedAway(key)) {
      shelf.held.push(key)
      shelf.room -= size
    }
  }
  return shelf
}
