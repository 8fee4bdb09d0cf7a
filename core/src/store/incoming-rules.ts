/** What decides about a mail server's incoming mail, read when the mail is processed, so that edits affect mail that waits. */
import { and, eq } from 'drizzle-orm'
import type { EndpointType } from '../domain/message.ts'
import type { Database } from './database.ts'
import { type Endpoint, listEndpoints } from './route-lookup.ts'
import { routes } from './schema/routes.ts'
import { domains, mailServers } from './schema/tenants.ts'

export type IncomingRules = {
  readonly spamThreshold: number
  readonly spamFailureThreshold: number
  readonly virusMode: 'hold' | 'fail' | 'mark'
  readonly postmasterAddress: string | null
}

export type IncomingRoute = {
  readonly id: number
  readonly name: string
  readonly domainId: number | null
  readonly domainName: string | null
  readonly mode: 'endpoint' | 'accept' | 'hold' | 'bounce' | 'reject'
  readonly spamMode: 'mark' | 'quarantine' | 'fail'
  readonly endpointType: EndpointType | null
  readonly endpointId: number | null
  /** All that it leads to now; its own is the first. */
  readonly endpoints: readonly Endpoint[]
}

export async function findIncomingRules(db: Database, mailServerId: number): Promise<IncomingRules | undefined> {
  const { spamThreshold, spamFailureThreshold, virusMode, postmasterAddress } = mailServers
  const [row] = await db
    .select({ spamThreshold, spamFailureThreshold, virusMode, postmasterAddress })
    .from(mailServers)
    .where(eq(mailServers.id, mailServerId))
  return row
}

type Named = { readonly mailServerId: number; readonly id: number }

export async function findIncomingRoute(db: Database, { mailServerId, id }: Named): Promise<IncomingRoute | undefined> {
  const { name, domainId, mode, spamMode, endpointType, endpointId } = routes
  const [row] = await db
    .select({ id: routes.id, name, domainId, mode, spamMode, endpointType, endpointId, domainName: domains.name })
    .from(routes)
    .leftJoin(domains, eq(domains.id, routes.domainId))
    .where(and(eq(routes.id, id), eq(routes.mailServerId, mailServerId)))
  return row && { ...row, endpoints: row.mode === 'endpoint' ? await listEndpoints(db, row) : [] }
}
