/** A queue in which tenants take turns: one from each, however many one of them has waiting. */

export type Turns<T> = {
  readonly add: (tenant: number, item: T) => void
  /** The next item of the tenant that has waited longest for a turn. */
  readonly take: () => T | undefined
  readonly takeAll: () => T[]
  readonly size: () => number
}

export function createTurns<T>(): Turns<T> {
  const lines = new Map<number, T[]>()
  let size = 0
  const take = (): T | undefined => {
    for (const [tenant, line] of lines) {
      const item = line.shift()
      lines.delete(tenant)
      if (line.length > 0) lines.set(tenant, line) // to the end of the round
      size -= 1
      return item
    }
    return undefined
  }
  return {
    add: (tenant, item) => {
      const line = lines.get(tenant)
      if (line) line.push(item)
      else lines.set(tenant, [item])
      size += 1
    },
    take,
    takeAll: () => {
      const all = [...lines.values()].flat()
      lines.clear()
      size = 0
      return all
    },
    size: () => size,
  }
}
