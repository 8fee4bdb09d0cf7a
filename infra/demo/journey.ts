/** The journey of three mails, each step seen from outside: what a receiver, a recipient and a customer would see. */
import { strict as assert } from 'node:assert'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Ports } from '@posthaste/test/support/installation/ports.ts'
import { RECEIVER_DOMAIN, SENDER_DOMAIN } from '@posthaste/test/support/installation/zone.ts'
import type { ReceivedMail } from '@posthaste/test/support/receiver.ts'
import { until } from '@posthaste/test/support/until.ts'
import type { WebhookRequest } from '@posthaste/test/support/webhook-receiver.ts'
import { createTransport } from 'nodemailer'
import { z } from 'zod'
import type { Seeded } from './seed.ts'
import type { Steps } from './steps.ts'
import type { World } from './world.ts'

export type JourneyOptions = { readonly steps: Steps; readonly world: World; readonly ports: Ports; readonly seeded: Seeded }

const FROM = `Shop <orders@${SENDER_DOMAIN}>`
const DESTINATION = 'https://shop.example/orders/7781?from=mail'
const HTML = `<html><body><p>Thank you! <a href="${DESTINATION}">See your order</a></p></body></html>`

export async function runJourney(options: JourneyOptions): Promise<void> {
  const bySmtp = await sendBySmtp(options)
  await arrives(options, bySmtp)
  const byApi = await sendByApi(options)
  const mail = await arrives(options, byApi)
  await isTracked(options, mail)
  await isReported(options, byApi)
  await isRefused(options)
}

type Sent = { readonly how: string; readonly to: string; readonly marker: string }

async function sendBySmtp({ steps, ports, seeded }: JourneyOptions): Promise<Sent> {
  const marker = uniqueSubject('by SMTP')
  const to = `ana@${RECEIVER_DOMAIN}`
  return steps.step('mail accepted by SMTP', async () => {
    const transport = createTransport({
      host: '127.0.0.1',
      port: ports.smtp,
      requireTLS: true,
      tls: { rejectUnauthorized: false }, // the demonstration's certificate is its own
      auth: { user: 'acme/shop', pass: seeded.smtpKey },
    })
    try {
      const info = await transport.sendMail({ from: FROM, to, subject: marker, text: `Thank you! ${DESTINATION}`, html: HTML })
      return [`STARTTLS, AUTH, ${info.response}`, { how: 'SMTP', to, marker }] as const
    } finally {
      transport.close()
    }
  })
}

const ApiAnswer = z.object({ status: z.string(), data: z.record(z.string(), z.unknown()) })

async function callApi({ ports, seeded }: JourneyOptions, mail: Record<string, unknown>) {
  const answer = await fetch(`http://127.0.0.1:${ports.web}/api/v1/send/message`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-server-api-key': seeded.apiKey },
    body: JSON.stringify({ from: FROM, ...mail }),
  })
  const { status, data } = ApiAnswer.parse(await answer.json())
  assert.equal(status, 'success', JSON.stringify(data))
  return data
}

async function sendByApi(options: JourneyOptions): Promise<Sent> {
  const marker = uniqueSubject('by API')
  const to = `ben@${RECEIVER_DOMAIN}`
  return options.steps.step('mail accepted by API v1', async () => {
    const data = await callApi(options, {
      to: [to],
      subject: marker,
      plain_body: `Thank you! ${DESTINATION}`,
      html_body: HTML,
      tag: 'order',
    })
    return [`message_id ${data.message_id}`, { how: 'API', to, marker }] as const
  })
}

const uniqueSubject = (how: string): string => `Your order, sent ${how} (${crypto.randomUUID().slice(0, 8)})`

/** Judged as a receiver would: both signatures, the envelope sender's SPF, and whether they are the author's (DMARC). */
async function arrives({ steps, world }: JourneyOptions, { how, to, marker }: Sent): Promise<ReceivedMail> {
  const mail = await steps.step(`mail by ${how} delivered to the MX of ${RECEIVER_DOMAIN}`, async () => {
    const received = await until(() => world.receiver.mails.find((mail) => mail.rcptTo.includes(to) && mail.raw.includes(marker)), {
      what: `the mail to ${to}`,
      timeoutMs: 15_000,
    })
    return [`${received.tls || 'in clear'}, return path ${received.mailFrom}`, received] as const
  })
  await steps.step(`mail by ${how} judged by the receiver`, async () => {
    const { dkim, spf, dmarc } = await mail.authenticate()
    const seen = [...dkim.map((one) => `dkim=${one.result} (${one.selector})`), `spf=${spf}`, `dmarc=${dmarc}`].join(' ')
    assert.ok(dkim.length > 0 && dkim.every((one) => one.result === 'pass') && spf === 'pass' && dmarc === 'pass', seen)
    return [seen, undefined] as const
  })
  return mail
}

/** Loads the pixel and follows the link, as a mail client and a browser do. */
async function isTracked({ steps, ports }: JourneyOptions, mail: ReceivedMail): Promise<void> {
  const body = mail.raw.toString('latin1').replace(/=\r\n/g, '').replace(/=3D/gi, '=')
  await steps.step('pixel loaded through the edge', async () => {
    const answer = await visit(ports, found(body, /http:\/\/[^'"\s]+\/o\/[\w-]+/))
    assert.equal(answer.status, 200)
    return [`${answer.status} ${answer.contentType}`, undefined] as const
  })
  await steps.step('link clicked through the edge', async () => {
    const answer = await visit(ports, found(body, /http:\/\/[^'"\s]+\/c\/[\w-]+/))
    assert.equal(answer.status, 302)
    assert.equal(answer.location, DESTINATION)
    return [`${answer.status} to ${answer.location}`, undefined] as const
  })
}

function found(body: string, pattern: RegExp): URL {
  const [url] = pattern.exec(body) ?? []
  assert.ok(url, `no ${pattern} in the mail that arrived`)
  return new URL(url)
}

type Answer = { readonly status: number; readonly location: string; readonly contentType: string }

/** The zone's names are known to our name server only, so that the edge is called by its address. */
function visit(ports: Ports, url: URL): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { host: url.host, 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' }
    request({ host: '127.0.0.1', port: ports.edge, path: url.pathname, headers }, async (response) => {
      await text(response)
      const { location = '', 'content-type': contentType = '' } = response.headers
      resolve({ status: response.statusCode ?? 0, location, contentType })
    })
      .on('error', reject)
      .end()
  })
}

async function isReported({ steps, world }: JourneyOptions, { marker }: Sent): Promise<void> {
  for (const event of ['MessageSent', 'MessageLoaded', 'MessageLinkClicked']) {
    await steps.step(`webhook ${event} received and verified`, () => webhook(world, event, marker))
  }
}

const Event = z.object({ event: z.string(), payload: z.object({ message: z.object({ subject: z.string().nullable() }) }) })

async function webhook({ webhooks }: World, event: string, subject: string): Promise<readonly [string, undefined]> {
  const isIt = (request: WebhookRequest): boolean => {
    const { success, data } = Event.safeParse(request.json())
    return success && data.event === event && data.payload.message.subject === subject
  }
  const request = await until(() => webhooks.requests.find(isIt), { what: `webhook ${event}`, timeoutMs: 20_000 })
  const marks = await request.verify()
  const seen = Object.entries(marks)
    .map(([name, mark]) => `${name}=${mark}`)
    .join(' ')
  assert.ok(
    Object.values(marks).every((mark) => mark === 'good'),
    seen,
  )
  return [seen, undefined]
}

async function isRefused(options: JourneyOptions): Promise<void> {
  const { steps, world } = options
  const marker = uniqueSubject('to nobody')
  await steps.step('mail to an unknown recipient accepted', async () => {
    await callApi(options, { to: [`nobody-${marker.slice(-9, -1)}@${RECEIVER_DOMAIN}`], subject: marker, plain_body: 'Anybody there?' })
    return ['to be refused by the receiver with 550', undefined] as const
  })
  await steps.step('webhook MessageDeliveryFailed received and verified', () => webhook(world, 'MessageDeliveryFailed', marker))
}
