/** Secrets of the installation that rotate by id. Sealed by the caller; made once, also when two processes start at the same time. */
import { and, eq } from 'drizzle-orm'
import type { Database } from './database.ts'
import { installationKeys } from './schema/control.ts'

export type InstallationKey = typeof installationKeys.$inferSelect
export type KeyPurpose = InstallationKey['purpose']

/** All keys of a purpose, the newest last. Retired ones still verify. */
export async function listInstallationKeys(db: Database, purpose: KeyPurpose): Promise<InstallationKey[]> {
  return db
    .select()
    .from(installationKeys)
    .where(eq(installationKeys.purpose, purpose))
    .orderBy(installationKeys.createdAt, installationKeys.keyId)
}

/** Adds a key unless its id is taken: then the one that is there counts. */
export async function addInstallationKey(db: Database, key: InstallationKey): Promise<void> {
  await db.insert(installationKeys).ignore().values(key)
}

export async function retireInstallationKey(db: Database, purpose: KeyPurpose, keyId: number, now: Date): Promise<void> {
  await db
    .update(installationKeys)
    .set({ retiredAt: now })
    .where(and(eq(installationKeys.purpose, purpose), eq(installationKeys.keyId, keyId)))
}
