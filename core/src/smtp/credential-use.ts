/** Notes that a credential was used, at most once a minute each, and writes many at a time. */
import { Batcher } from '../domain/batcher.ts'
import { recordCredentialUse } from '../store/credential-use.ts'
import type { Deps } from './deps.ts'

export type CredentialUse = {
  /** Never waits and never fails: mail does not depend on it. */
  readonly note: (credentialId: number) => void
  readonly idle: () => Promise<void>
}

const EACH_MS = 60_000
const ITEMS_MAX = 500
const KNOWN_MAX = 10_000

export function createCredentialUse({ db, clock, log }: Pick<Deps, 'db' | 'clock' | 'log'>): CredentialUse {
  const noted = new Map<number, number>()
  const batcher = new Batcher<number, void>({
    write: async (ids) => {
      await recordCredentialUse(db, ids, clock())
      return ids.map(() => undefined)
    },
    itemsMax: ITEMS_MAX,
    isShared: () => true,
  })
  return {
    note: (credentialId) => {
      const now = clock().getTime()
      if (now - (noted.get(credentialId) ?? 0) < EACH_MS) return
      if (noted.size >= KNOWN_MAX) noted.clear()
      noted.set(credentialId, now)
      batcher.add(credentialId).catch((error: unknown) => {
        noted.delete(credentialId)
        log.warn({ event: 'smtp.credential_use_lost', error }, 'Use of a credential could not be recorded')
      })
    },
    idle: () => batcher.idle(),
  }
}
