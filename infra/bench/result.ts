/** What a bench finds: a figure of ours, the peer's in the same run, and whether the goal is met. */

export type BenchResult = {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly peer: string
  readonly peerValue: number
  /** Ours to the peer's. */
  readonly ratio: number
  /** The ratio to reach. */
  readonly goal: number
  readonly met: boolean
  readonly note: string
}

export type Compared = Omit<BenchResult, 'ratio' | 'met'>

export function compare(compared: Compared): BenchResult {
  const ratio = compared.peerValue === 0 ? 0 : Math.round((compared.value / compared.peerValue) * 100) / 100
  return { ...compared, value: Math.round(compared.value), peerValue: Math.round(compared.peerValue), ratio, met: ratio >= compared.goal }
}

const COLUMNS = ['name', 'value', 'unit', 'peer', 'peerValue', 'ratio', 'goal', 'met', 'note'] as const

/** A table with aligned columns, as plain text. */
export function formatTable(results: readonly BenchResult[]): string {
  const rows = [[...COLUMNS], ...results.map((result) => COLUMNS.map((column) => String(result[column])))]
  const widths = COLUMNS.map((_, n) => Math.max(...rows.map((row) => (row[n] ?? '').length)))
  return rows
    .map((row) =>
      row
        .map((cell, n) => cell.padEnd(widths[n] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
