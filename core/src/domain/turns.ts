/** A queue in which several lines take turns: one from each, however many another has waiting. */

export type Turns<T> = {
  readonly add: (line: string, item: T) => void
  /** The next item of the line that has waited longest for a turn. */
  readonly take: () => T | undefined
  /** Keeps the first so many, as their turns would have come, and gives back the others. */
  readonly cut: (keep: number) => T[]
  readonly size: () => number
  readonly sizeOf: (line: string) => number
  /** How many lines have anybody in them. */
  readonly lines: () => number
}

type Waiting<T> = { readonly line: string; readonly item: T }

export function createTurns<T>(): Turns<T> {
  const lines = new Map<string, T[]>()
  let size = 0
  const add = (line: string, item: T): void => {
    const known = lines.get(line)
    if (known) known.push(item)
    else lines.set(line, [item])
    size += 1
  }
  const takeNext = (): Waiting<T> | undefined => {
    for (const [line, items] of lines) {
      const item = items.shift() as T // no line is empty
      lines.delete(line)
      if (items.length > 0) lines.set(line, items) // to the end of the round
      size -= 1
      return { line, item }
    }
    return undefined
  }
  return {
    add,
    take: () => takeNext()?.item,
    cut: (keep) => {
      const kept: Waiting<T>[] = []
      for (let next = keep > 0 ? takeNext() : undefined; next; next = kept.length < keep ? takeNext() : undefined) kept.push(next)
      const cut = [...lines.values()].flat()
      lines.clear()
      size = 0
      for (const { line, item } of kept) add(line, item)
      return cut
    },
    size: () => size,
    sizeOf: (line) => lines.get(line)?.length ?? 0,
    lines: () => lines.size,
  }
}
