/** The program as it is installed: the worker role delivers an event, and the web role publishes the key that verifies it. */

import { createIds } from '@posthaste/core/domain/ids.ts'
import { openInstallation } from '@posthaste/test/support/installation/open.ts'
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
