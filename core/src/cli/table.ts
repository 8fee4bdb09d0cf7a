/** Rows as columns of text, as wide as they need to be. */

type Cell = string | number | boolean | Date | null | undefined

const shown = (cell: Cell): string => {
  if (cell === null || cell === undefined) return '-'
  if (cell instanceof Date) return cell.toISOString().replace(/\.\d+Z$/, 'Z')
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no'
  return String(cell)
}

/** @param empty what is said when there are no rows */
export function table(heads: readonly string[], rows: readonly (readonly Cell[])[], empty: string): string[] {
  if (rows.length === 0) return [empty]
  const cells = [heads.map((head) => head.toUpperCase()), ...rows.map((row) => row.map(shown))]
  const widths = heads.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  return cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
}
