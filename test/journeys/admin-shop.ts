/** A day in the life of a shop: mail in every state, with opens, clicks and a queue. */
import type { Core } from '@posthaste/core/compose/core.ts'
import type { EventKind } from '@posthaste/core/domain/event.ts'
import type { Manage } from '@posthaste/core/manage/context.ts'
import { createCredential } from '@posthaste/core/manage/credentials.ts'
import { createHttpEndpoint } from '@posthaste/core/manage/http-endpoints.ts'
import { createSmtpEndpoint } from '@posthaste/core/manage/smtp-endpoints.ts'
import { createWebhook } from '@posthaste/core/manage/webhooks.ts'
import { appendEvents } from '@posthaste/core/store/events.ts'
import { addStatistics, type Count } from '@posthaste/core/store/statistics.ts'
import { inTransaction } from '@posthaste/core/store/transaction.ts'
import type { Webhook } from '@posthaste/core/store/webhooks.ts'
import type { AdminSite, AdminTenant } from './admin-site.ts'

const MINUTE_MS = 60_000
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAFElEQVR4nGOQjs/DihiGloR0fB4AAOI7gZnA5CIAAAAASUVORK5CYII=',
  'base64',
)

/** What a scripted visitor saw at each hour of the last day, so that the chart has a shape. */
const DAY = [4, 3, 2, 2, 1, 2, 6, 14, 32, 48, 51, 40, 38, 44, 57, 60, 49, 36, 30, 28, 22, 18, 12, 9]

export async function fillShop(
  site: AdminSite,
  shop: AdminTenant,
): Promise<{ clicked: number; waiting: number; held: number; failed: number }> {
  const { core } = site.web
  const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE_MS)
  const accepted = {
    details: 'Message for ana@receiver.example accepted by 192.0.2.25:25 (mx.receiver.example)',
    output: '250 2.0.0 Ok: queued as 4T9x3',
  }

  for (let number = 0; number < 54; number += 1) {
    site.pretend(80 - number)
    const id = await shop.mail({ rcptTo: `customer${number}@receiver.example`, ...(number % 3 === 0 ? { tag: 'orders' } : {}) })
    await shop.became(id, { status: 'sent', ...accepted, sentWithTls: true, ms: 412 })
  }
  site.pretend(9)
  const failed = await shop.mail({ rcptTo: 'nobody@receiver.example', subject: 'Welcome to the Shop' })
  await shop.became(failed, {
    ...{ status: 'hard_failed', ms: 230, at: ago(9) },
    details: 'Permanent SMTP delivery error when sending to mx.receiver.example. Recipient added to suppression list (too many hard fails)',
    output: '550 5.1.1 <nobody@receiver.example>: Recipient address rejected: User unknown',
  })
  const held = await shop.mail({ rcptTo: 'nobody@receiver.example', subject: 'A voucher for you' })
  await shop.became(held, {
    ...{ status: 'held', at: ago(8), holdExpiresAt: new Date(core.clock().getTime() + 7 * 86_400_000) },
    details: `Recipient (nobody@receiver.example) is on the suppression list (reason: hard fail of <msg:${failed}>)`,
  })
  const waiting = await shop.mail({ rcptTo: 'ben@slow.example', subject: 'Your invoice for November', tag: 'invoices' })
  for (const minutes of [7, 1])
    await shop.became(waiting, {
      ...{ status: 'soft_failed', ms: 1_204, at: ago(minutes), logId: 'K3QX81ZB' },
      details: 'Temporary SMTP delivery error when sending to mx.slow.example',
      output: '451 4.7.1 Greylisting in action, please come back later',
    })
  await shop.mail({
    rcptTo: 'a.very.long.address.that.hardly.fits@subdomain.of.some.department.of.a.university.example',
    subject: 'Your parcel is on its way, and here is a subject that is long enough to break lines on every screen',
  })
  const clicked = await shop.mail({
    ...{ rcptTo: 'ana@receiver.example', subject: 'Winter sale: 20 % off everything', tag: 'newsletter' },
    htmlBody: `<div style="font-family:sans-serif;max-width:560px;margin:auto"><h1 style="color:#7a1f3d">Winter sale</h1>
      <img src="cid:logo" width="64" height="64" alt="Logo"><p>Everything is <b>20 % off</b> until Sunday.</p>
      <img src="https://images.shop.example/banner.png" width="560" height="120" alt="Banner">
      <p><a href="https://shop.example/sale" style="background:#7a1f3d;color:#fff;padding:10px 18px">Have a look</a></p>
      <script>document.body.innerHTML = 'scripts run'</script></div>`,
    attachments: [
      { name: 'logo.png', contentType: 'image/png', data: PNG, contentId: 'logo', disposition: 'inline' },
      { name: 'Preisliste für Händler.pdf', contentType: 'application/pdf', data: Buffer.alloc(18_400, 37) },
    ],
  })
  await shop.became(clicked, { status: 'sent', ...accepted, sentWithTls: true, ms: 388, at: ago(6), logId: '9F2MC0PA' })
  await visited(core, shop, clicked, [
    ['opened', ago(5), { ipAddress: '66.249.84.1', userAgent: 'GoogleImageProxy', country: 'US', automated: true }],
    [
      'opened',
      ago(3),
      { ipAddress: '203.0.113.40', userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X)', country: 'DE', automated: false },
    ],
    [
      'clicked',
      ago(2),
      {
        ipAddress: '203.0.113.40',
        userAgent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X)',
        url: 'https://shop.example/sale',
        country: 'DE',
        automated: false,
      },
    ],
  ])
  site.pretend(0)
  await countDay(core, shop)
  await setUp(site, shop)
  return { clicked, waiting, held, failed }
}

type Visit = readonly [kind: EventKind & ('opened' | 'clicked'), at: Date, data: Record<string, unknown>]

async function visited({ db, newId }: Core, shop: AdminTenant, messageId: number, visits: readonly Visit[]): Promise<void> {
  const mailServerId = shop.mailServer.id
  await inTransaction(db, async (tx) => {
    await appendEvents(
      tx,
      visits.map(([kind, at, data]) => ({ id: newId(), mailServerId, messageId, kind, at, data })),
    )
    for (const [kind, at] of visits)
      await tx.query(`UPDATE messages SET ${kind === 'opened' ? 'opened_at' : 'clicked_at'} = ? WHERE id = ?`, [at, messageId])
  })
}

async function countDay({ db, clock }: Core, { mailServer }: AdminTenant): Promise<void> {
  const counted = DAY.flatMap((count, index) => {
    const at = new Date(clock().getTime() - (DAY.length - 1 - index) * 3_600_000)
    const times = (name: Count, number: number) => Array.from({ length: number }, () => ({ mailServerId: mailServer.id, at, count: name }))
    return [
      ...times('sent', count),
      ...times('failed', index % 5 === 2 ? Math.ceil(count / 12) : 0),
      ...times('held', index === 14 ? 9 : 0),
    ]
  })
  await inTransaction(db, (tx) => addStatistics(tx, 1, counted))
}

async function setUp({ manage }: AdminSite, { mailServer }: AdminTenant): Promise<void> {
  const mailServerId = mailServer.id
  await createCredential(manage, { mailServerId, type: 'smtp', name: 'Shop, checkout' })
  await createCredential(manage, { mailServerId, type: 'api', name: 'Newsletter', hold: true })
  const url = 'https://hooks.acme.example/posthaste?key=secret'
  const { webhook } = await createWebhook(manage, { mailServerId, name: 'Order status', url })
  await failedRequest(manage, webhook)
  await createHttpEndpoint(manage, { mailServerId, name: 'Help desk', url: 'https://help.acme.example/mail' })
  await createSmtpEndpoint(manage, { mailServerId, name: 'Mail store', hostname: 'store.acme.example', protocol: 'lmtp' })
}

export const FAILED_REQUEST = '1f8f9a52-6a6e-4d0c-8fc3-0a3a4f6f7b2d'

async function failedRequest({ db, newId, clock }: Manage, { id: webhookId, mailServerId, url }: Webhook): Promise<void> {
  const [id, now] = [newId(), clock()]
  const body = JSON.stringify({ event: 'MessageSent', timestamp: now.getTime() / 1_000, payload: {}, uuid: FAILED_REQUEST })
  await db.$client.query(
    `INSERT INTO webhook_requests
       (id, mail_server_id, webhook_id, event_id, sequence, uuid, event, body, state, attempts, due_at, retry_until, created_at) VALUES (?)`,
    [[id, mailServerId, webhookId, 1, 1, FAILED_REQUEST, 'MessageSent', body, 'dead', 1, now, now, now]],
  )
  const sent = JSON.stringify([
    ['Content-Type', 'application/json'],
    ['webhook-id', FAILED_REQUEST],
  ])
  const got = JSON.stringify([['Server', 'nginx']])
  await db.$client.query(
    `INSERT INTO webhook_attempts (id, mail_server_id, webhook_id, request_id, attempt, url, status_code, ms, response_body, request_headers,
       response_headers, will_retry, created_at) VALUES (?)`,
    [[newId(), mailServerId, webhookId, id, 1, url, 503, 41, 'Service Unavailable', sent, got, false, now]],
  )
}
