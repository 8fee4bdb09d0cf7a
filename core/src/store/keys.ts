/** Keys of the installation, by purpose and id. */
import { and, asc, desc, eq, isNull, ne } from 'drizzle-orm'
import type { Queries } from './change.ts'
import { installationKeys } from './schema/installation.ts'

export type InstallationKey = typeof installationKeys.$inferSelect
export type KeyPurpose = InstallationKey['purpose']

/** Retired ones too: they verify what they once signed. Newest first. */
export async function listInstallationKeys(db: Queries, purpose: KeyPurpose): Promise<InstallationKey[]> {
  return db
    .select()
    .from(installationKeys)
    .where(eq(installationKeys.purpose, purpose))
    .orderBy(desc(installationKeys.createdAt), asc(installationKeys.keyId))
}

/** @returns false when another process has made it first. */
export async function insertInstallationKey(tx: Queries, key: InstallationKey): Promise<boolean> {
  const [result] = await tx.insert(installationKeys).ignore().values(key)
  return result.affectedRows === 1
}

/** All keys of a purpose but one stop signing. */
export async function retireOtherKeys(
  tx: Queries,
  { purpose, keyId, retiredAt }: { purpose: KeyPurpose; keyId: number; retiredAt: Date },
): Promise<void> {
  await tx
    .update(installationKeys)
    .set({ retiredAt })
    .where(and(eq(installationKeys.purpose, purpose), ne(installationKeys.keyId, keyId), isNull(installationKeys.retiredAt)))
}

/** Until the transaction ends nobody else rotates keys of this purpose. */
export async function lockInstallationKeys(tx: Queries, purpose: KeyPurpose): Promise<InstallationKey[]> {
  return tx.select().from(installationKeys).where(eq(installationKeys.purpose, purpose)).orderBy(asc(installationKeys.keyId)).for('update')
}

/** Keys that verify nothing any more. */
export async function deleteInstallationKey(tx: Queries, { purpose, keyId }: Pick<InstallationKey, 'purpose' | 'keyId'>): Promise<void> {
  await tx.delete(installationKeys).where(and(eq(installationKeys.purpose, purpose), eq(installationKeys.keyId, keyId)))
}
