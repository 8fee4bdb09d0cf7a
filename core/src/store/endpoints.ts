/** Endpoints of mail servers: where routed mail goes. Every query names the mail server. */
import { and, asc, eq, inArray, notInArray } from 'drizzle-orm'
import type { EndpointType } from '../domain/message.ts'
import type { Queries } from './change.ts'
import type { Endpoint } from './route-lookup.ts'
import { additionalEndpoints, addressEndpoints, httpEndpoints, routes, smtpEndpoints } from './schema/routes.ts'

export type HttpEndpointRow = typeof httpEndpoints.$inferSelect
export type SmtpEndpointRow = typeof smtpEndpoints.$inferSelect
export type AddressEndpoint = typeof addressEndpoints.$inferSelect

export type FoundEndpoint =
  | { readonly type: 'http'; readonly endpoint: HttpEndpointRow }
  | { readonly type: 'smtp'; readonly endpoint: SmtpEndpointRow }
  | { readonly type: 'address'; readonly endpoint: AddressEndpoint }

type Named = { readonly mailServerId: number; readonly id: number }

export async function findHttpEndpoint(db: Queries, { mailServerId, id }: Named): Promise<HttpEndpointRow | undefined> {
  const [row] = await db
    .select()
    .from(httpEndpoints)
    .where(and(eq(httpEndpoints.mailServerId, mailServerId), eq(httpEndpoints.id, id)))
  return row
}

export async function findSmtpEndpoint(db: Queries, { mailServerId, id }: Named): Promise<SmtpEndpointRow | undefined> {
  const [row] = await db
    .select()
    .from(smtpEndpoints)
    .where(and(eq(smtpEndpoints.mailServerId, mailServerId), eq(smtpEndpoints.id, id)))
  return row
}

export async function findAddressEndpoint(db: Queries, { mailServerId, id }: Named): Promise<AddressEndpoint | undefined> {
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

export type EndpointRow =
  | ({ readonly type: 'http' } & HttpEndpointRow)
  | ({ readonly type: 'smtp' } & SmtpEndpointRow)
  | ({ readonly type: 'address' } & AddressEndpoint)

/** By type, then in order of age. People make them by hand, so there are few. */
export async function listEndpoints(db: Queries, mailServerId: number): Promise<EndpointRow[]> {
  const [http, smtp, address] = await Promise.all([
    db.select().from(httpEndpoints).where(eq(httpEndpoints.mailServerId, mailServerId)).orderBy(asc(httpEndpoints.id)),
    db.select().from(smtpEndpoints).where(eq(smtpEndpoints.mailServerId, mailServerId)).orderBy(asc(smtpEndpoints.id)),
    db.select().from(addressEndpoints).where(eq(addressEndpoints.mailServerId, mailServerId)).orderBy(asc(addressEndpoints.id)),
  ])
  return [
    ...http.map((row) => ({ type: 'http' as const, ...row })),
    ...smtp.map((row) => ({ type: 'smtp' as const, ...row })),
    ...address.map((row) => ({ type: 'address' as const, ...row })),
  ]
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

export async function updateHttpEndpoint(db: Queries, id: number, changes: Partial<Omit<HttpEndpointRow, Kept>>): Promise<void> {
  if (Object.keys(changes).length > 0) await db.update(httpEndpoints).set(changes).where(eq(httpEndpoints.id, id))
}

export async function updateSmtpEndpoint(db: Queries, id: number, changes: Partial<Omit<SmtpEndpointRow, Kept>>): Promise<void> {
  if (Object.keys(changes).length > 0) await db.update(smtpEndpoints).set(changes).where(eq(smtpEndpoints.id, id))
}

export async function updateAddressEndpoint(db: Queries, id: number, changes: Pick<AddressEndpoint, 'address'>): Promise<void> {
  await db.update(addressEndpoints).set(changes).where(eq(addressEndpoints.id, id))
}

/** Whatever led to the one leads to the other, and nothing to either twice. */
export async function replaceEndpoint(tx: Queries, old: Endpoint, by: Endpoint): Promise<void> {
  const ofRoutes = (place: Endpoint) => and(eq(routes.endpointType, place.endpointType), eq(routes.endpointId, place.endpointId))
  const ofCopies = ({ endpointType, endpointId }: Endpoint) =>
    and(eq(additionalEndpoints.endpointType, endpointType), eq(additionalEndpoints.endpointId, endpointId))
  await tx.update(routes).set(by).where(ofRoutes(old))
  const copied = await tx.select({ routeId: additionalEndpoints.routeId }).from(additionalEndpoints).where(ofCopies(by))
  const taken = copied.map(({ routeId }) => routeId)
  const wanted = taken.length > 0 ? notInArray(additionalEndpoints.routeId, taken) : undefined
  await tx
    .update(additionalEndpoints)
    .set(by)
    .where(and(ofCopies(old), wanted))
  const leading = tx.select({ id: routes.id }).from(routes).where(ofRoutes(by))
  await tx.delete(additionalEndpoints).where(and(ofCopies(by), inArray(additionalEndpoints.routeId, leading)))
}

/** Routes that led there refuse mail from now on, as in Postal. */
export async function deleteEndpoint(tx: Queries, type: EndpointType, id: number): Promise<void> {
  const leadsThere = and(eq(routes.endpointType, type), eq(routes.endpointId, id))
  const leading = tx.select({ id: routes.id }).from(routes).where(leadsThere)
  await tx.delete(additionalEndpoints).where(inArray(additionalEndpoints.routeId, leading))
  await tx.update(routes).set({ mode: 'reject', endpointType: null, endpointId: null }).where(leadsThere)
  await tx.delete(additionalEndpoints).where(and(eq(additionalEndpoints.endpointType, type), eq(additionalEndpoints.endpointId, id)))
  const table = TABLES[type]
  await tx.delete(table).where(eq(table.id, id))
}
