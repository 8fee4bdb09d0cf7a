/** Endpoints of mail servers: where routed mail goes. Every query names the mail server. */
import { and, asc, eq, gt } from 'drizzle-orm'
import type { EndpointType } from '../domain/message.ts'
import { PAGE_LIMIT, type PageAfter, type Queries } from './change.ts'
import { additionalEndpoints, addressEndpoints, httpEndpoints, routes, smtpEndpoints } from './schema/control.ts'

export type HttpEndpoint = typeof httpEndpoints.$inferSelect
export type SmtpEndpointRow = typeof smtpEndpoints.$inferSelect
export type AddressEndpoint = typeof addressEndpoints.$inferSelect

export type FoundEndpoint =
  | { readonly type: 'http'; readonly endpoint: HttpEndpoint }
  | { readonly type: 'smtp'; readonly endpoint: SmtpEndpointRow }
  | { readonly type: 'address'; readonly endpoint: AddressEndpoint }

type Named = { readonly mailServerId: number; readonly id: number }

async function findHttpEndpoint(db: Queries, { mailServerId, id }: Named): Promise<HttpEndpoint | undefined> {
  const [row] = await db
    .select()
    .from(httpEndpoints)
    .where(and(eq(httpEndpoints.mailServerId, mailServerId), eq(httpEndpoints.id, id)))
  return row
}

async function findSmtpEndpoint(db: Queries, { mailServerId, id }: Named): Promise<SmtpEndpointRow | undefined> {
  const [row] = await db
    .select()
    .from(smtpEndpoints)
    .where(and(eq(smtpEndpoints.mailServerId, mailServerId), eq(smtpEndpoints.id, id)))
  return row
}

async function findAddressEndpoint(db: Queries, { mailServerId, id }: Named): Promise<AddressEndpoint | undefined> {
  const [row] = await db
    .select()
    .from(addressEndpoints)
    .where(and(eq(addressEndpoints.mailServerId, mailServerId), eq(addressEndpoints.id, id)))
  return row
}

export async function findEndpoint(db: Queries, type: EndpointType, named: Named): Promise<FoundEndpoint | undefined> {
  if (type === 'http') return found(type, await findHttpEndpoint(db, named))
  if (type === 'smtp') return found(type, await findSmtpEndpoint(db, named))
  return found(type, await findAddressEndpoint(db, named))
}

const found = (type: EndpointType, endpoint: object | undefined): FoundEndpoint | undefined =>
  endpoint && ({ type, endpoint } as FoundEndpoint) // each finder gives the row of its own type

/** In order of age. */
export async function listHttpEndpoints(
  db: Queries,
  mailServerId: number,
  { after = 0, limit = PAGE_LIMIT }: PageAfter = {},
): Promise<HttpEndpoint[]> {
  const { id } = httpEndpoints
  return db
    .select()
    .from(httpEndpoints)
    .where(and(eq(httpEndpoints.mailServerId, mailServerId), gt(id, after)))
    .orderBy(asc(id))
    .limit(limit)
}

export async function listSmtpEndpoints(
  db: Queries,
  mailServerId: number,
  { after = 0, limit = PAGE_LIMIT }: PageAfter = {},
): Promise<SmtpEndpointRow[]> {
  const { id } = smtpEndpoints
  return db
    .select()
    .from(smtpEndpoints)
    .where(and(eq(smtpEndpoints.mailServerId, mailServerId), gt(id, after)))
    .orderBy(asc(id))
    .limit(limit)
}

export async function listAddressEndpoints(
  db: Queries,
  mailServerId: number,
  { after = 0, limit = PAGE_LIMIT }: PageAfter = {},
): Promise<AddressEndpoint[]> {
  const { id } = addressEndpoints
  return db
    .select()
    .from(addressEndpoints)
    .where(and(eq(addressEndpoints.mailServerId, mailServerId), gt(id, after)))
    .orderBy(asc(id))
    .limit(limit)
}

const TABLES = { http: httpEndpoints, smtp: smtpEndpoints, address: addressEndpoints } as const

export async function insertHttpEndpoint(db: Queries, row: typeof httpEndpoints.$inferInsert): Promise<void> {
  await db.insert(httpEndpoints).values(row)
}

export async function insertSmtpEndpoint(db: Queries, row: typeof smtpEndpoints.$inferInsert): Promise<void> {
  await db.insert(smtpEndpoints).values(row)
}

export async function insertAddressEndpoint(db: Queries, row: typeof addressEndpoints.$inferInsert): Promise<void> {
  await db.insert(addressEndpoints).values(row)
}

type Kept = 'id' | 'mailServerId' | 'uuid' | 'createdAt'

export async function updateHttpEndpoint(db: Queries, id: number, changes: Partial<Omit<HttpEndpoint, Kept>>): Promise<void> {
  if (Object.keys(changes).length > 0) await db.update(httpEndpoints).set(changes).where(eq(httpEndpoints.id, id))
}

export async function noteEndpointUse(db: Queries, type: EndpointType, id: number, at: Date): Promise<void> {
  const table = TABLES[type]
  await db.update(table).set({ lastUsedAt: at }).where(eq(table.id, id))
}

/** Routes that led there refuse mail from now on, as in Postal. */
export async function deleteEndpoint(tx: Queries, type: EndpointType, id: number): Promise<void> {
  const leadsThere = and(eq(routes.endpointType, type), eq(routes.endpointId, id))
  await tx.update(routes).set({ mode: 'reject', endpointType: null, endpointId: null }).where(leadsThere)
  await tx.delete(additionalEndpoints).where(and(eq(additionalEndpoints.endpointType, type), eq(additionalEndpoints.endpointId, id)))
  const table = TABLES[type]
  await tx.delete(table).where(eq(table.id, id))
}
