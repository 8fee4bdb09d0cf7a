/** A route is edited or removed while its mail waits: the mail goes where the route leads when its turn comes, and nowhere twice. */
import { createPublicKey, randomBytes } from 'node:crypto'
import { endpointNow } from '@posthaste/core/delivery/incoming-endpoint.ts'
import { createVault } from '@posthaste/core/domain/vault.ts'
import { removeEndpoint } from '@posthaste/core/manage/endpoints.ts'
import { createHttpEndpoint } from '@posthaste/core/manage/http-endpoints.ts'
import { createRoute, type RouteView, removeRoute, updateRouteSettings } from '@posthaste/core/manage/routes.ts'
import { createIncomingDirectory } from '@posthaste/core/store/incoming-directory.ts'
import { findMessage } from '@posthaste/core/store/messages.ts'
import type { Endpoint } from '@posthaste/core/store/route-lookup.ts'
import { createTestDatabase, type TestDatabase } from '@posthaste/test/support/database.ts'
import { type DnsServer, startDnsServer } from '@posthaste/test/support/dns-server.ts'
import { type Engine, MAIL_SERVER_ID, seedSender, startEngine } from '@posthaste/test/support/engine.ts'
import { CLIENT_MAIL } from '@posthaste/test/support/incoming-mail.ts'
import { testSigningKey } from '@posthaste/test/support/incoming-parts.ts'
import { type Receiver, startReceiver } from '@posthaste/test/support/receiver.ts'
import { manageOn } from '@posthaste/test/support/verbs.ts'
import { startWebhookReceiver, type WebhookReceiver } from '@posthaste/test/support/webhook-receiver.ts'
import { afterEach, beforeEach, expect, it } from 'vitest'

let database: TestDatabase
let dns: DnsServer
let receiver: Receiver
let apps: readonly [WebhookReceiver, WebhookReceiver, WebhookReceiver]
let endpoints: readonly [Endpoint, Endpoint, Endpoint]
let engine: Engine
let route: RouteView

/** Seals what the engine unseals. */
const vault = createVault(randomBytes(32))
const manage = () => manageOn(database.db, vault)

beforeEach(async () => {
  database = await createTestDatabase()
  await seedSender(database.db)
  dns = await startDnsServer({
    zone: {
      'client.test': { MX: ['10 mx.client.test'], TXT: ['v=spf1 ip4:127.0.0.1 -all'] },
      'mx.client.test': { A: ['127.0.0.1'] },
    },
  })
  receiver = await startReceiver({ dns: dns.address })
  const publicKey = createPublicKey(testSigningKey()).export({ type: 'spki', format: 'pem' }).toString()
  const [first, second, third] = [await app(publicKey), await app(publicKey), await app(publicKey)]
  apps = [first.receiver, second.receiver, third.receiver]
  endpoints = [first.endpoint, second.endpoint, third.endpoint]
  engine = await startEngine({ db: database.db, dns: dns.address, smtpPort: receiver.port, incoming: {}, vault })
  route = await createRoute(manage(), {
    ...{ mailServerId: MAIL_SERVER_ID, domainId: 1, name: 'help' },
    ...{ endpoint: endpoints[0], additionalEndpoints: [endpoints[1]] },
  })
})

afterEach(async () => {
  await engine[Symbol.asyncDispose]()
  for (const one of apps) await one[Symbol.asyncDispose]()
  await receiver[Symbol.asyncDispose]()
  await dns[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
})

async function app(publicKey: string): Promise<{ receiver: WebhookReceiver; endpoint: Endpoint }> {
  const receiver = await startWebhookReceiver({ publicKey })
  const { id } = await createHttpEndpoint(manage(), { mailServerId: MAIL_SERVER_ID, name: 'App', url: receiver.url })
  return { receiver, endpoint: { endpointType: 'http', endpointId: id } }
}

/** A mail for both endpoints, as the SMTP server stores it. @returns the ids of its messages, the route's own endpoint first */
async function arrive(): Promise<readonly [number, number]> {
  const { messages } = await engine.intake.accept({
    ...{ mailServerId: MAIL_SERVER_ID, raw: Buffer.from(CLIENT_MAIL), receivedWithTls: true, credentialId: null },
    recipients: endpoints.slice(0, 2).map((endpoint) => ({
      ...({ scope: 'incoming', rcptTo: 'help@shop.test', mailFrom: 'ana@client.test', domainId: 1, routeId: route.id } as const),
      ...endpoint,
    })),
  })
  return [messages[0]?.id ?? 0, messages[1]?.id ?? 0]
}

const edit = (input: Omit<Parameters<typeof updateRouteSettings>[1], 'id'>) => updateRouteSettings(manage(), { id: route.id, ...input })
const details = async (id: number) => (await engine.deliveries(id)).at(-1)?.details
const SUPERFLUOUS = 'Its route does not lead there any more, and another copy of the mail goes where it leads now.'

/** How many requests each application got, when both messages have ended so. */
async function ends(ids: readonly number[], ...statuses: ('sent' | 'processed' | 'hard_failed' | 'held')[]): Promise<number[]> {
  engine.work()
  for (const [n, id] of ids.entries()) await engine.untilStatus(id, statuses[n] ?? 'sent')
  expect(engine.faults).toEqual([])
  return apps.map(({ requests }) => requests.length)
}

it('lets the mail follow to another endpoint, and leaves the copy where it was', async () => {
  const ids = await arrive()
  await edit({ endpoint: endpoints[2] })
  expect(await ends(ids, 'sent', 'sent')).toEqual([0, 1, 1])
})

it('drops the copy for an endpoint that gets no copies any more', async () => {
  const ids = await arrive()
  await edit({ additionalEndpoints: [] })
  expect(await ends(ids, 'sent', 'processed')).toEqual([1, 0, 0])
  expect(await details(ids[1])).toBe(SUPERFLUOUS)
})

it('drops the mail for the endpoint before when the copy goes where the route leads now', async () => {
  const ids = await arrive()
  await edit({ endpoint: endpoints[1] })
  expect(await ends(ids, 'processed', 'sent')).toEqual([0, 1, 0])
})

it('sends one of the copies when all have lost their endpoints', async () => {
  const ids = await arrive()
  await edit({ endpoint: endpoints[2], additionalEndpoints: [] })
  expect(await ends(ids, 'sent', 'processed')).toEqual([0, 0, 1])
})

it('holds mail that waits when the route says so now', async () => {
  const ids = await arrive()
  await edit({ mode: 'hold' })
  expect(await ends(ids, 'held', 'held')).toEqual([0, 0, 0])
})

it('bounces mail that waits for an endpoint that was removed, as the route refuses now', async () => {
  const ids = await arrive()
  await removeEndpoint(manage(), { mailServerId: MAIL_SERVER_ID, type: 'http', id: endpoints[0].endpointId })
  expect(await ends(ids, 'hard_failed', 'hard_failed')).toEqual([0, 0, 0])
  expect(await details(ids[0])).toMatch(/^Message has been bounced because the route asks for this\. See message <msg:\d+>$/)
})

it('lets both the mail and the copy follow when other endpoints take the place of theirs', async () => {
  const ids = await arrive()
  await edit({ endpoint: endpoints[2] })
  await removeEndpoint(manage(), { mailServerId: MAIL_SERVER_ID, type: 'http', id: endpoints[1].endpointId, replaceBy: endpoints[0] })
  expect(await ends(ids, 'sent', 'sent')).toEqual([1, 0, 1])
})

it('lets the copy follow also within the seconds for which routes are remembered', async () => {
  const { db } = database
  const [, id] = await arrive()
  const message = await findMessage(db, MAIL_SERVER_ID, id)
  const incomingDirectory = createIncomingDirectory(db, () => new Date(), 600_000)
  const remembered = await incomingDirectory.route({ mailServerId: MAIL_SERVER_ID, id: route.id })
  await removeEndpoint(manage(), { mailServerId: MAIL_SERVER_ID, type: 'http', id: endpoints[1].endpointId, replaceBy: endpoints[2] })
  const found = message && (await endpointNow({ db, incomingDirectory }, message, remembered))
  expect(found).toMatchObject({ type: 'http', endpoint: { id: endpoints[2].endpointId } })
})

it('fails mail that waits when the route is removed', async () => {
  const ids = await arrive()
  await removeRoute(manage(), route)
  expect(await ends(ids, 'hard_failed', 'hard_failed')).toEqual([0, 0, 0])
  expect(await details(ids[0])).toBe('Message does not have a route and/or endpoint available for delivery.')
})
