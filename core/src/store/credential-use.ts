/** When credentials were last used: noted at every use, written for many at a time. */
import type { Database } from './database.ts'

async function recordCredentialUse(db: Database, credentialIds: readonly number[], now: Date): Promise<void> {
  if (credentialIds.length === 0) return
  await db.$client.query('UPDATE credentials SET last_used_at = ? WHERE id IN (?)', [now, [...new Set(credentialIds)]])
}

/** Disposing writes what is still noted. */
export type CredentialUse = AsyncDisposable & {
  /** Never waits and never fails: no call depends on it. */
  readonly note: (credentialId: number) => void
}

export type CredentialUseOptions = {
  readonly db: Database
  readonly clock: () => Date
  readonly onFault: (fault: unknown) => void
  readonly flushMs?: number
}

/** At most one statement in `flushMs`, however many calls there are; uses that cannot be written are tried with the next. */
export function createCredentialUse({ db, clock, onFault, flushMs = 1_000 }: CredentialUseOptions): CredentialUse {
  let noted = new Set<number>()
  let timer: NodeJS.Timeout | undefined
  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    const ids = noted
    noted = new Set()
    try {
      await recordCredentialUse(db, [...ids], clock())
    } catch (fault) {
      for (const id of ids) noted.add(id)
      onFault(fault)
    } finally {
      timer = undefined
    }
  }
  return {
    note: (credentialId) => {
      noted.add(credentialId)
      timer ??= setTimeout(() => void flush(), flushMs).unref()
    },
    [Symbol.asyncDispose]: flush,
  }
}
