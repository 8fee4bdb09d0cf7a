/** What a bench finds: a figure of ours, a peer's or a limit beside it, and whether the goal is met. In every row a higher ratio is better. */

export type BenchResult = {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly peer: string
  readonly peerValue: number
  /** Ours to the peer's, or the limit to ours where less is better; 1 is as good as the peer. */
  readonly ratio: number
  /** The ratio to reach. */
  readonly goal: number
  readonly met: boolean
  readonly note: string
}

export type Compared = Omit<BenchResult, 'ratio' | 'met'>

/** More is better: the ratio is ours to the peer's. */
export const compare = (compared: Compared): BenchResult => judged(compared, compared.value, compared.peerValue)

/** Less is better: the ratio is the peer's, or the limit, to ours. */
export const compareLess = (compared: Compared): BenchResult => judged(compared, compared.peerValue, compared.value)

function judged(compared: Compared, better: number, worse: number): BenchResult {
  const ratio = worse === 0 ? 0 : better / worse
  return {
    ...compared,
    value: rounded(compared.value),
    peerValue: rounded(compared.peerValue),
    ratio: rounded(ratio),
    met: ratio >= compared.goal,
  }
}

/** Three digits of the small, all of the large. */
const rounded = (value: number): number => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)))

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
