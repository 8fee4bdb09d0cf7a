/** Credentials of mail servers, as those who manage them see them: never the key itself. */
import { and, asc, eq, getTableColumns, gt } from 'drizzle-orm'
import { PAGE_LIMIT, type PageAfter, type Queries } from './change.ts'
import { credentials } from './schema/tenants.ts'

const { keyHash: _hash, keySealed: _sealed, ...COLUMNS } = getTableColumns(credentials)

export type StoredCredential = typeof credentials.$inferSelect
export type Credential = Omit<StoredCredential, 'keyHash' | 'keySealed'>
export type NewCredential = typeof credentials.$inferInsert

export async function insertCredential(db: Queries, credential: NewCredential): Promise<void> {
  await db.insert(credentials).values(credential)
}

export async function findCredential(db: Queries, id: number): Promise<StoredCredential | undefined> {
  const [row] = await db.select().from(credentials).where(eq(credentials.id, id))
  return row
}

export async function findCredentialByUuid(db: Queries, mailServerId: number, uuid: string): Promise<Credential | undefined> {
  const [row] = await db
    .select(COLUMNS)
    .from(credentials)
    .where(and(eq(credentials.mailServerId, mailServerId), eq(credentials.uuid, uuid)))
  return row
}

/** In order of age. */
export async function listCredentials(
  db: Queries,
  { mailServerId, after = 0, limit = PAGE_LIMIT }: PageAfter & { readonly mailServerId: number },
): Promise<Credential[]> {
  return db
    .select(COLUMNS)
    .from(credentials)
    .where(and(eq(credentials.mailServerId, mailServerId), gt(credentials.id, after)))
    .orderBy(asc(credentials.id))
    .limit(limit)
}

export async function networkTaken(db: Queries, network: string): Promise<boolean> {
  const rows = await db
    .select({ id: credentials.id })
    .from(credentials)
    .where(and(eq(credentials.type, 'smtp_ip'), eq(credentials.network, network)))
  return rows.length > 0
}

export async function updateCredential(
  db: Queries,
  id: number,
  changes: Partial<Pick<Credential, 'name' | 'hold' | 'network' | 'callsPerMinute'>>,
): Promise<void> {
  if (Object.keys(changes).length > 0) await db.update(credentials).set(changes).where(eq(credentials.id, id))
}

export async function deleteCredential(db: Queries, id: number): Promise<void> {
  await db.delete(credentials).where(eq(credentials.id, id))
}
