/** Many mails at once for one endpoint: each has the endpoint's whole time, however long it waited for a free connection. */
import { createPublicKey } from 'node:crypto'
import { createTestDatabase } from '@posthaste/test/support/database.ts'
import { startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { addHttpEndpoint, addRoute, arrive } from '@posthaste/test/support/incoming-mail.ts'
import { testSigningKey } from '@posthaste/test/support/incoming-parts.ts'
import { startWebhookReceiver } from '@posthaste/test/support/webhook-receiver.ts'
import { expect, it } from 'vitest'

/** Sixteen connections need seven waves, which take longer than one mail may. */
const MAILS = 100
const DELAY_MS = 250

it('delivers all at the first attempt', async () => {
  await using database = await createTestDatabase()
  const { db } = database
  await seedSender(db)
  await using dns = await startDnsServer()
  await using app = await startWebhookReceiver({
    publicKey: createPublicKey(testSigningKey()).export({ type: 'spki', format: 'pem' }).toString(),
  })
  app.answerAlways({ status: 200, delayMs: DELAY_MS })
  await addHttpEndpoint(db, app.url, { timeout_seconds: 1 })
  await addRoute(db, { endpoint: ['http', 1] })
  await using engine = await startEngine({ db, dns: dns.address, smtpPort: 1 })
  const messages = await Promise.all(Array.from({ length: MAILS }, () => arrive(engine, { endpoint: ['http', 1] })))
  engine.work()
  for (const { id } of messages) await engine.untilStatus(id, 'sent', 'soft_failed')
  const [attempts] = await db.$client.query('SELECT status, COUNT(*) AS count FROM deliveries GROUP BY status')
  expect(attempts).toEqual([{ status: 'sent', count: MAILS }])
})
