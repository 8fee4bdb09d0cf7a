/** Webhooks of mail servers, as those who manage them see them: never the secret itself. */
import { and, asc, eq, getTableColumns, gt, inArray, sql } from 'drizzle-orm'
import { PAGE_LIMIT, type PageAfter, type Queries } from './change.ts'
import { webhooks } from './schema/tenants.ts'
import { webhookRequests } from './schema/webhook-requests.ts'

const { secretSealed: _secret, previousSecretSealed: previous, ...SHOWN } = getTableColumns(webhooks)
const COLUMNS = { ...SHOWN, secrets: sql<number>`1 + (${previous} IS NOT NULL)`.mapWith(Number) }

export type StoredWebhook = typeof webhooks.$inferSelect
export type Webhook = Omit<StoredWebhook, 'secretSealed' | 'previousSecretSealed'> & {
  /** How many sign: two while one replaces the other. */
  readonly secrets: number
}
export type NewWebhook = typeof webhooks.$inferInsert

export async function insertWebhook(db: Queries, webhook: NewWebhook): Promise<void> {
  await db.insert(webhooks).values(webhook)
}

export async function findWebhook(db: Queries, id: number): Promise<StoredWebhook | undefined> {
  const [row] = await db.select().from(webhooks).where(eq(webhooks.id, id))
  return row
}

export async function findWebhookByUuid(db: Queries, mailServerId: number, uuid: string): Promise<Webhook | undefined> {
  const [row] = await db
    .select(COLUMNS)
    .from(webhooks)
    .where(and(eq(webhooks.mailServerId, mailServerId), eq(webhooks.uuid, uuid)))
  return row
}

/** In order of age. */
export async function listWebhooks(
  db: Queries,
  { mailServerId, after = 0, limit = PAGE_LIMIT }: PageAfter & { readonly mailServerId: number },
): Promise<Webhook[]> {
  return db
    .select(COLUMNS)
    .from(webhooks)
    .where(and(eq(webhooks.mailServerId, mailServerId), gt(webhooks.id, after)))
    .orderBy(asc(webhooks.id))
    .limit(limit)
}

export type WebhookChange = Partial<Omit<StoredWebhook, 'id' | 'mailServerId' | 'uuid' | 'createdAt'>>

export async function updateWebhook(db: Queries, id: number, changes: WebhookChange): Promise<void> {
  if (Object.keys(changes).length > 0) await db.update(webhooks).set(changes).where(eq(webhooks.id, id))
}

/** With the requests that were on their way to it. */
export async function deleteWebhook(tx: Queries, id: number): Promise<void> {
  await tx.delete(webhookRequests).where(and(eq(webhookRequests.webhookId, id), inArray(webhookRequests.state, ['ready', 'claimed'])))
  await tx.delete(webhooks).where(eq(webhooks.id, id))
}
