/** Makes what the demonstration needs by the verbs that operators use: once, and found again at the next start. */
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Manage } from '@posthaste/core/manage/context.ts'
import { createCredential } from '@posthaste/core/manage/credentials.ts'
import { checkDomain } from '@posthaste/core/manage/domain-check.ts'
import { domainRecords } from '@posthaste/core/manage/domain-records.ts'
import { addDomain } from '@posthaste/core/manage/domains.ts'
import { createMailServer } from '@posthaste/core/manage/mail-servers.ts'
import { createOrganization } from '@posthaste/core/manage/organizations.ts'
import { createTrackingDomain, removeTrackingDomain } from '@posthaste/core/manage/tracking-domains.ts'
import { createUser } from '@posthaste/core/manage/users.ts'
import { createWebhook, updateWebhookSettings } from '@posthaste/core/manage/webhooks.ts'
import type { Ports } from '@posthaste/test/support/installation/ports.ts'
import { SENDER_DOMAIN, senderZone } from '@posthaste/test/support/installation/zone.ts'
import { z } from 'zod'
import type { World } from './world.ts'

const Seeded = z.object({
  mailServerId: z.number(),
  domainId: z.number(),
  trackingDomainId: z.number(),
  webhookId: z.number(),
  webhookSecret: z.string(),
  smtpKey: z.string(),
  apiKey: z.string(),
  login: z.object({ emailAddress: z.string(), password: z.string() }),
})

export type Seeded = z.infer<typeof Seeded>

export type SeedOptions = { readonly manage: Manage; readonly world: World; readonly ports: Ports; readonly dataDir: string }

/** `fresh` is false when an earlier start had made everything. */
export async function seed({ manage, world, ports, dataDir }: SeedOptions): Promise<{ seeded: Seeded; fresh: boolean }> {
  const path = join(dataDir, 'demo.json')
  const found = await readFile(path, 'utf8').then(
    (text) => Seeded.parse(JSON.parse(text)),
    () => undefined,
  )
  const seeded = found ?? (await createAll(manage, ports))
  await publishDomain(manage, world, seeded.domainId)
  const current = found
    ? await followPorts(manage, ports, found)
    : { ...seeded, trackingDomainId: await addTracking(manage, ports, seeded) }
  await writeFile(path, `${JSON.stringify(current, null, 2)}\n`, { mode: 0o600 })
  return { seeded: current, fresh: !found }
}

async function createAll(manage: Manage, ports: Ports): Promise<Seeded> {
  const organization = await createOrganization(manage, { name: 'Acme' })
  const mailServer = await createMailServer(manage, { organizationId: organization.id, name: 'Shop' })
  const mailServerId = mailServer.id
  const domain = await addDomain(manage, { organizationId: organization.id, mailServerId, name: SENDER_DOMAIN, verified: true })
  const smtp = await createCredential(manage, { mailServerId, type: 'smtp', name: 'Shop by SMTP' })
  const api = await createCredential(manage, { mailServerId, type: 'api', name: 'Shop by API' })
  const { webhook, secret } = await createWebhook(manage, { mailServerId, name: 'Shop events', url: webhookUrl(ports), allEvents: true })
  const login = { emailAddress: 'admin@posthaste.test', password: randomBytes(12).toString('base64url') }
  await createUser(manage, { ...login, firstName: 'Ada', lastName: 'Operator', admin: true })
  const keys = { smtpKey: smtp.key ?? '', apiKey: api.key ?? '' }
  return { mailServerId, domainId: domain.id, trackingDomainId: 0, webhookId: webhook.id, webhookSecret: secret, ...keys, login }
}

/** Puts into DNS what the domain's owner is told to put there, and has it checked. */
async function publishDomain(manage: Manage, world: World, id: number): Promise<void> {
  const records = await domainRecords(manage, { id })
  world.dns.set(senderZone(records.filter((record) => record.purpose === 'dkim')))
  await checkDomain(manage, { id })
}

const webhookUrl = (ports: Ports): string => `http://127.0.0.1:${ports.webhooks}/events`

async function addTracking(
  manage: Manage,
  ports: Ports,
  { mailServerId, domainId }: Pick<Seeded, 'mailServerId' | 'domainId'>,
): Promise<number> {
  return (await createTrackingDomain(manage, { mailServerId, domainId, name: 'click', tls: false, port: ports.edge })).id
}

/** Ports may have been occupied this time or last time. */
async function followPorts(manage: Manage, ports: Ports, seeded: Seeded): Promise<Seeded> {
  await updateWebhookSettings(manage, { id: seeded.webhookId, url: webhookUrl(ports) })
  await removeTrackingDomain(manage, { id: seeded.trackingDomainId })
  return { ...seeded, trackingDomainId: await addTracking(manage, ports, seeded) }
}
