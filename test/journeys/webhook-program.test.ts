/** The program as it is installed: the worker role delivers an event or tells its owner that it cannot, and the web role publishes the key that verifies it. */

import { createIds } from '@posthaste/core/domain/ids.ts'
import { setMembership } from '@posthaste/core/manage/memberships.ts'
import { createUser } from '@posthaste/core/manage/users.ts'
import { findMailServer } from '@posthaste/core/store/mail-servers.ts'
import { openInstallation } from '@posthaste/test/support/installation/open.ts'
import { startReceiver } from '@posthaste/test/support/receiver.ts'
import { newEvent, record, seedMessages, seedWebhook } from '@posthaste/test/support/webhook-engine.ts'
import { startWebhookReceiver } from '@posthaste/test/support/webhook-receiver.ts'
import { expect, it } from 'vitest'

it('delivers what happened, signed by a key of its JWKS', async () => {
  await using installation = await openInstallation()
  const { db, mailServerId, ports } = installation
  await using receiver = await startWebhookReceiver({ jwksUrl: `http://127.0.0.1:${ports.web}/.well-known/jwks.json` })
  await installation.start('web')
  await installation.start('worker')
  const newId = createIds({ node: 60, clock: () => new Date() })
  await seedWebhook(db, { id: 5, url: receiver.url, mailServerId })
  const [messageId = 0] = await seedMessages(db, newId, 1, mailServerId)
  await record(db, [newEvent(newId(), messageId, { mailServerId })])
  const requests = await receiver.received(1, 20_000)
  const told = requests.find((request) => (request.json() as { event: string }).event === 'MessageSent')
  // Its secret was sealed with another master key: a request without the newer signature is better than none.
  expect(await told?.verify()).toEqual({ sha1: 'good', sha256: 'good', kid: 'good', standard: 'absent' })
  expect(told?.headers['user-agent']).toMatch(/^Postal\/\d+\.\d+\.\d+$/)
})

it('tells the owner of a webhook that rests, by the smtp settings of Postal', async () => {
  await using installation = await openInstallation()
  const { db, manage, mailServerId, dns } = installation
  await using mailbox = await startReceiver({ dns: dns.address })
  const { id: userId } = await createUser(manage, { emailAddress: 'ana@acme.example', firstName: 'Ana', password: null })
  const organizationId = (await findMailServer(db, { id: mailServerId }))?.organizationId ?? 0
  await setMembership(manage, { organizationId, userId, role: 'owner' })
  await seedWebhook(db, { id: 5, url: 'http://127.0.0.1:9/', mailServerId })
  await db.$client.query(
    'UPDATE webhooks SET failures_in_a_row = 14, open_until = NOW(3) + INTERVAL 1 HOUR, paused_at = NOW(3) - INTERVAL 1 HOUR',
  )
  const smtp = {
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(mailbox.port),
    SMTP_FROM_ADDRESS: 'post@acme.example',
    SMTP_OPENSSL_VERIFY_MODE: 'none',
  }
  await installation.start('worker', smtp)
  const mail = await mailbox.mailTo('ana@acme.example', 60_000) // tasks begin within half a minute
  expect(mail.mailFrom).toBe('post@acme.example')
  expect(mail.tls).not.toBe(false)
  expect(mail.raw.toString()).toContain('The webhook Hook 5 does not answer')
})
