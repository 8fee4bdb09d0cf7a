/** Two customers in a database: mail servers, domains, credentials and routes for whoever talks SMTP to them. */
import { randomBytes } from 'node:crypto'
import { createIds, type NewId } from '@posthaste/core/domain/ids.ts'
import { sealContext } from '@posthaste/core/domain/seals.ts'
import { mailServerToken, routeToken } from '@posthaste/core/domain/token.ts'
import { newUuid } from '@posthaste/core/domain/uuid.ts'
import type { Vault } from '@posthaste/core/domain/vault.ts'
import type { Database } from '@posthaste/core/store/database.ts'
import { additionalEndpoints, httpEndpoints, routes } from '@posthaste/core/store/schema/routes.ts'
import { credentials, domains, mailServers, organizations } from '@posthaste/core/store/schema/tenants.ts'

export type Tenant = {
  readonly mailServerId: number
  readonly token: string
  readonly domainId: number
  /** `shop.test` for the tenant `shop`. */
  readonly domain: string
  readonly credentialId: number
  readonly key: string
  /** `acme/shop` */
  readonly name: string
  /** Of `info@{domain}`, which leads to two endpoints. */
  readonly routeToken: string
}

type Changes = {
  readonly mailServer?: Partial<typeof mailServers.$inferInsert>
  readonly domain?: Partial<typeof domains.$inferInsert>
}

type World = { readonly db: Database; readonly vault: Vault; readonly newId: NewId }

const now = new Date('2030-01-01T00:00:00Z')
const uuid = () => newUuid(randomBytes)

export const newIds = () => createIds({ node: 9, clock: () => new Date() })

export async function addTenant({ db, vault, newId }: World, permalink: string, changes: Changes = {}): Promise<Tenant> {
  const [organizationId, mailServerId, domainId, credentialId] = [newId(), newId(), newId(), newId()]
  const token = mailServerToken(randomBytes)
  const domain = `${permalink}.test`
  const key = randomBytes(12).toString('hex')
  await db.insert(organizations).values({ id: organizationId, uuid: uuid(), name: 'Acme', permalink: `acme-${permalink}`, createdAt: now })
  await db.insert(mailServers).values({
    ...{ id: mailServerId, organizationId, uuid: uuid(), name: permalink, permalink, token, createdAt: now },
    ...changes.mailServer,
  })
  await db.insert(domains).values({
    ...{
      id: domainId,
      organizationId,
      mailServerId,
      uuid: uuid(),
      name: domain,
      verificationToken: 'x'.repeat(32),
      verifiedAt: now,
      createdAt: now,
    },
    ...changes.domain,
  })
  await db.insert(credentials).values({
    ...{ id: credentialId, mailServerId, uuid: uuid(), type: 'smtp', name: 'app', createdAt: now },
    keyHash: Buffer.from(vault.keyHash(key)),
    keySealed: Buffer.from(vault.seal(Buffer.from(key), sealContext.credentialKey(credentialId))),
  })
  const token2 = await addRoutes({ db, vault, newId }, { mailServerId, domainId })
  return { mailServerId, token, domainId, domain, credentialId, key, name: `acme-${permalink}/${permalink}`, routeToken: token2 }
}

/** `info` leads to two endpoints, `no` rejects, `hold` holds, `*` accepts the rest of the domain. */
async function addRoutes({ db, newId }: World, owner: { mailServerId: number; domainId: number }): Promise<string> {
  const [infoId, first, second] = [newId(), newId(), newId()]
  const infoToken = routeToken(randomBytes)
  const facts = { mailServerId: owner.mailServerId, createdAt: now }
  for (const id of [first, second])
    await db.insert(httpEndpoints).values({ id, uuid: uuid(), name: 'hook', url: 'https://hook.test/', ...facts })
  const route = (name: string) => ({ id: newId(), uuid: uuid(), token: routeToken(randomBytes), name, ...owner, createdAt: now })
  await db.insert(routes).values([
    { ...route('info'), id: infoId, token: infoToken, mode: 'endpoint', endpointType: 'http', endpointId: first },
    { ...route('no'), mode: 'reject' },
    { ...route('hold'), mode: 'hold' },
    { ...route('*'), mode: 'accept' },
  ])
  await db.insert(additionalEndpoints).values({ id: newId(), routeId: infoId, endpointType: 'http', endpointId: second, createdAt: now })
  return infoToken
}

export async function addIpCredential({ db, newId }: World, mailServerId: number, network: string): Promise<number> {
  const id = newId()
  await db.insert(credentials).values({ id, mailServerId, uuid: uuid(), type: 'smtp_ip', name: network, network, createdAt: now })
  return id
}
