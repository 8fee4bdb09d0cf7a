/** The admin interface with tenants, people and mail in it, and visitors that behave as browsers do: for tests of routes and of journeys. */
import { createIntake } from '@posthaste/core/intake/accept.ts'
import { buildMail, type NewMail } from '@posthaste/core/mail/build.ts'
import type { Manage } from '@posthaste/core/manage/context.ts'
import { addDomain } from '@posthaste/core/manage/domains.ts'
import { createMailServer } from '@posthaste/core/manage/mail-servers.ts'
import { setMembership } from '@posthaste/core/manage/memberships.ts'
import { createOrganization } from '@posthaste/core/manage/organizations.ts'
import { createUser } from '@posthaste/core/manage/users.ts'
import { createDns } from '@posthaste/core/net/dns.ts'
import type { MailServer } from '@posthaste/core/store/mail-servers.ts'
import type { Organization } from '@posthaste/core/store/organizations.ts'
import { type Result, writeDecisions } from '@posthaste/core/store/results.ts'
import { inTransaction } from '@posthaste/core/store/transaction.ts'
import type { MemberRole } from '@posthaste/core/store/users.ts'
import { startTestWeb, type TestWeb, type TestWebOptions } from '@posthaste/test/support/web.ts'

/** Sites begin in the past, so that mail in them can have a story. */
const PAST_MINUTES = 90

export const PASSWORD = 'correct horse battery staple'

export type AdminSite = AsyncDisposable & {
  readonly url: string
  readonly web: TestWeb
  /** Acts as the command line. */
  readonly manage: Manage
  /** Lets what happens now seem to have happened so many minutes ago. Time must only go forward. */
  readonly pretend: (minutesAgo: number) => void
  readonly tenant: (name: string) => Promise<AdminTenant>
  /** @returns the e-mail address to sign in with. */
  readonly user: (input: { name: string; admin?: boolean; timeZone?: string; in?: readonly [AdminTenant, MemberRole] }) => Promise<string>
}

export type AdminTenant = {
  readonly organization: Organization
  readonly mailServer: MailServer
  readonly path: string
  readonly domainId: number
  /** Accepts one mail, as if a sender had handed it in. @returns its id. */
  readonly mail: (mail: Partial<NewMail> & { readonly rcptTo: string; readonly tag?: string; readonly raw?: Buffer }) => Promise<number>
  /** Records what became of it. */
  readonly became: (id: number, result: Pick<Result, 'status' | 'details'> & Partial<Result>) => Promise<void>
}

export async function startAdminSite(options: TestWebOptions = {}): Promise<AdminSite> {
  const past = { minutes: PAST_MINUTES }
  const web = await startTestWeb({ clock: () => new Date(Date.now() - past.minutes * 60_000), ...options })
  const { core } = web
  const manage: Manage = {
    ...core,
    actor: { type: 'cli' },
    dnsNames: core.config.dns,
    newMailServer: core.config.newMailServer,
    newDns: () => createDns({ servers: ['127.0.0.1:9'], timeoutMs: 200, clock: core.clock }), // nobody answers there
  }
  return {
    url: web.url,
    web,
    manage,
    pretend: (minutesAgo) => {
      past.minutes = minutesAgo
    },
    tenant: (name) => createTenant(web, manage, name),
    user: async ({ name, admin = false, timeZone = 'Europe/Berlin', in: place }) => {
      const emailAddress = `${name.toLowerCase().replace(/\W+/g, '.')}@people.example`
      const [firstName = name, lastName = ''] = name.split(' ')
      const { id } = await createUser(manage, { emailAddress, firstName, lastName, password: PASSWORD, admin, timeZone })
      if (place) await setMembership(manage, { organizationId: place[0].organization.id, userId: id, role: place[1] })
      return emailAddress
    },
    [Symbol.asyncDispose]: () => web[Symbol.asyncDispose](),
  }
}

async function createTenant(web: TestWeb, manage: Manage, name: string): Promise<AdminTenant> {
  const organization = await createOrganization(manage, { name })
  const mailServer = await createMailServer(manage, { organizationId: organization.id, name: 'Shop' })
  const domain = await addDomain(manage, {
    ...{ organizationId: organization.id, mailServerId: mailServer.id, verified: true },
    name: `${organization.permalink}.example`,
  })
  const intake = createIntake({ ...web.core, node: web.core.lease.node })
  let sent = 0
  return {
    ...{ organization, mailServer, domainId: domain.id },
    path: `/org/${organization.permalink}/servers/${mailServer.permalink}`,
    mail: async ({ rcptTo, tag, raw, ...mail }) => {
      sent += 1
      const mailFrom = `shop@${domain.name}`
      const whole = raw ?? (await buildMail(sampleMail({ from: `Shop <${mailFrom}>`, rcptTo, number: sent, mail })))
      const receipt = await intake.accept({
        ...{ mailServerId: mailServer.id, raw: whole, receivedWithTls: true, credentialId: null },
        recipients: [{ scope: 'outgoing', rcptTo, mailFrom, domainId: domain.id }],
        ...(tag === undefined ? {} : { tag }),
      })
      return receipt.messages[0]?.id ?? 0
    },
    became: (id, result) => decide(web, { ...result, messageId: id, mailServerId: mailServer.id }),
  }
}

type Sample = { readonly from: string; readonly rcptTo: string; readonly number: number; readonly mail: Partial<NewMail> }

const sampleMail = ({ from, rcptTo, number, mail }: Sample): NewMail => ({
  from,
  to: [rcptTo],
  cc: [],
  subject: `Your order ${1000 + number}`,
  plainBody: 'Thank you for your order.\n\nIt leaves our house today.\n',
  htmlBody: '<h1>Thank you</h1><p>It leaves our house <b>today</b>.</p>',
  headers: [],
  attachments: [],
  messageId: `${number}@shop.example`,
  date: new Date(),
  received: 'Received: from app (192.0.2.7) by postal.test with HTTP\r\n',
  ...mail,
})

async function decide(
  { core }: TestWeb,
  given: Pick<Result, 'status' | 'details' | 'messageId' | 'mailServerId'> & Partial<Result>,
): Promise<void> {
  const result: Result = {
    ...{ deliveryId: core.newId(), eventId: core.newId(), output: '', sentWithTls: null, logId: null, ms: null },
    ...{ at: core.clock(), holdExpiresAt: null, postponement: null },
    ...given,
  }
  await inTransaction(core.db, async (tx) => {
    await writeDecisions(tx, 0, [result])
    if (result.status !== 'soft_failed') await tx.query('DELETE FROM queue_entries WHERE message_id = ?', [result.messageId])
    else
      await tx.query('UPDATE queue_entries SET attempts = attempts + 1, due_at = ? WHERE message_id = ?', [
        later(result.at),
        result.messageId,
      ])
  })
}

const later = (at: Date): Date => new Date(at.getTime() + 12 * 60_000)
