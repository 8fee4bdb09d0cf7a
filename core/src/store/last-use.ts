/** When things were last used: noted at every use, written for many at a time. */

/** Disposing writes what is still noted. */
export type LastUse = AsyncDisposable & {
  /** Never waits and never fails: nothing depends on it. */
  readonly note: (id: number) => void
}

export type LastUseOptions = {
  readonly clock: () => Date
  readonly onFault: (fault: unknown) => void
  readonly flushMs?: number
}

export type LastUseWrite = (ids: readonly number[], now: Date) => Promise<unknown>

/** At most one statement in `flushMs`, however many uses there are; those that cannot be written are tried with the next. */
export function createLastUse(write: LastUseWrite, { clock, onFault, flushMs = 1_000 }: LastUseOptions): LastUse {
  let noted = new Set<number>()
  let timer: NodeJS.Timeout | undefined
  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    const ids = noted
    noted = new Set()
    try {
      if (ids.size > 0) await write([...ids], clock())
    } catch (fault) {
      for (const id of ids) noted.add(id)
      onFault(fault)
    } finally {
      timer = undefined
    }
  }
  return {
    note: (id) => {
      noted.add(id)
      timer ??= setTimeout(() => void flush(), flushMs).unref()
    },
    [Symbol.asyncDispose]: flush,
  }
}
