/** What tests of verbs share: a real database, a real name server, a clock that is moved, and two tenants. */
import { randomBytes } from 'node:crypto'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { expect } from 'vitest'
import { createIds } from '../domain/ids.ts'
import { createVault } from '../domain/vault.ts'
import { createDns } from '../net/dns.ts'
import { listAuditEntries } from '../store/audit.ts'
import { putMembership } from '../store/users.ts'
import type { Actor, DnsNames, Manage } from './context.ts'
import { createMailServer } from './mail-servers.ts'
import { createOrganization } from './organizations.ts'
import { createUser } from './users.ts'

const DNS_NAMES: DnsNames = {
  mxRecords: ['mx1.host.example', 'mx2.host.example'],
  spfInclude: 'spf.host.example',
  returnPathDomain: 'rp.host.example',
  routeDomain: 'routes.host.example',
  trackDomain: 'track.host.example',
  dkimIdentifier: 'postal',
  domainVerifyPrefix: 'postal-verification',
  customReturnPathPrefix: 'psrp',
}

export type ManageFixture = AsyncDisposable & {
  /** Acts as the command line. */
  readonly manage: Manage
  readonly as: (actor: Actor) => Manage
  readonly dns: DnsServer
  readonly database: TestDatabase
  readonly passMs: (ms: number) => void
  /** An organization with one mail server, and a user with a role in it. */
  readonly tenant: (name: string) => Promise<Tenant>
  /** Actions in the order in which they happened. */
  readonly audited: () => Promise<string[]>
}

export type Tenant = {
  readonly organizationId: number
  readonly mailServerId: number
  readonly member: (role: 'owner' | 'admin' | 'member' | 'reader') => Promise<Manage>
}

export async function createManageFixture(): Promise<ManageFixture> {
  const database = await createTestDatabase()
  const dns = await startDnsServer()
  const time = { now: Date.UTC(2027, 0, 1) }
  const clock = () => new Date(time.now)
  const newId = createIds({ node: 1, clock })
  const vault = createVault(new Uint8Array(32).fill(7))
  const base: Omit<Manage, 'actor'> = {
    db: database.db,
    vault,
    clock,
    newId,
    randomBytes,
    dnsNames: DNS_NAMES,
    newDns: () => createDns({ servers: [dns.address], timeoutMs: 500, clock }),
    newMailServer: { spamThreshold: 5, spamFailureThreshold: 20 },
  }
  const as = (actor: Actor): Manage => ({ ...base, actor })
  const manage = as({ type: 'cli' })
  return {
    manage,
    as,
    dns,
    database,
    passMs: (ms) => {
      time.now += ms
    },
    tenant: (name) => createTenant(manage, as, name),
    audited: async () => (await listAuditEntries(database.db, { limit: 200 })).map((entry) => entry.action).reverse(),
    [Symbol.asyncDispose]: async () => {
      await dns[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

async function createTenant(manage: Manage, as: ManageFixture['as'], name: string): Promise<Tenant> {
  const { id: organizationId } = await createOrganization(manage, { name })
  const { id: mailServerId } = await createMailServer(manage, { organizationId, name: 'Transactional' })
  return {
    organizationId,
    mailServerId,
    member: async (role) => {
      const user = { emailAddress: `${role}-${manage.newId()}@example.com`, firstName: role, password: null }
      const { id: userId } = await createUser(manage, user)
      await putMembership(manage.db, { organizationId, userId, role, createdAt: manage.clock() })
      return as({ type: 'user', id: userId, operator: false, ipAddress: '192.0.2.7' })
    },
  }
}

/** A refusal's code and field, to compare with. */
export const refusal = (code: string, field?: string) => expect.objectContaining({ code, ...(field === undefined ? {} : { field }) })
