import { test } from '@jest/globals'

/** Returns a function that tests a law in every cell of a state machine's table. A failure names the cell. */
export function everyCellOf<Cell extends { readonly from: string; readonly is: string }>(
  cells: readonly Cell[],
): (law: string, holds: (cell: Cell) => void) => void {
  return (law, holds) =>
    test(`in every cell: ${law}`, () => {
      for (const cell of cells) {
        try {
          holds(cell)
        } catch (error) {
          throw new Error(`${cell.from}, on ${cell.is}: ${String(error)}`, { cause: error })
        }
      }
    })
}
