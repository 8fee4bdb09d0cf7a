/** When credentials were last used, written for many at a time. */
import type { Database } from './database.ts'

export async function recordCredentialUse(db: Database, credentialIds: readonly number[], now: Date): Promise<void> {
  if (credentialIds.length === 0) return
  await db.$client.query('UPDATE credentials SET last_used_at = ? WHERE id IN (?)', [now, [...new Set(credentialIds)]])
}
