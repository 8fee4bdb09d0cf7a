/** Lets so many questions out at once that no buffer on their way overflows; one that takes long makes room for others. */

export type Gate = <T>(ask: () => Promise<T>) => Promise<T>

/** @param patienceMs after this long a question has been read, or is lost, and holds up nobody */
export function createGate({ atOnce, patienceMs }: { readonly atOnce: number; readonly patienceMs: number }): Gate {
  const waiting: (() => void)[] = []
  let free = atOnce
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else free += 1
  }
  return async (ask) => {
    if (free > 0) free -= 1
    else await new Promise<void>((enter) => waiting.push(enter))
    let inside = true
    const leaveOnce = (): void => {
      if (inside) leave()
      inside = false
    }
    const impatience = setTimeout(leaveOnce, patienceMs)
    try {
      return await ask()
    } finally {
      clearTimeout(impatience)
      leaveOnce()
    }
  }
}
