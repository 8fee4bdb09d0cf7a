/** Mail that comes in, routes and endpoints, for tests of what becomes of it. */
import type { Receipt } from '@posthaste/core/intake/accept.ts'
import type { Database } from '@posthaste/core/store/database.ts'
import { type Engine, MAIL_SERVER_ID } from './engine.ts'

export type Arriving = {
  readonly rcptTo?: string
  readonly mailFrom?: string
  readonly raw?: string
  readonly routeId?: number | null
  readonly endpoint?: readonly ['http' | 'smtp' | 'address', number]
  readonly bounce?: boolean
  readonly manual?: boolean
}

export const CLIENT_MAIL = [
  'Received: from mx.client.test (mx.client.test [127.0.0.1])\r\n\tby mx.mail.test with ESMTPS; Mon, 02 Mar 2026 09:00:01 +0000',
  'From: Ana <ana@client.test>',
  'To: Help <help@shop.test>',
  'Subject: Where is it?',
  'Message-ID: <m1@client.test>',
  'Date: Mon, 02 Mar 2026 09:00:00 +0000',
  '',
  'Hello',
  '',
].join('\r\n')

export async function arrive(engine: Pick<Engine, 'intake'>, arriving: Arriving = {}): Promise<Receipt['messages'][number]> {
  const { rcptTo = 'help@shop.test', mailFrom = 'ana@client.test', raw = CLIENT_MAIL, routeId = 1, endpoint, bounce = false } = arriving
  const { messages } = await engine.intake.accept({
    mailServerId: MAIL_SERVER_ID,
    raw: Buffer.from(raw.replace(/\r?\n/g, '\r\n')),
    receivedWithTls: true,
    credentialId: null,
    recipients: [
      {
        ...{ scope: 'incoming', rcptTo, mailFrom, routeId, bounce, domainId: bounce ? null : 1, manual: arriving.manual ?? false },
        ...(endpoint ? { endpointType: endpoint[0], endpointId: endpoint[1] } : {}),
      },
    ],
  })
  const [message] = messages
  if (!message) throw new Error('nothing was accepted')
  return message
}

type RouteRow = { readonly mode?: string; readonly spamMode?: string; readonly endpoint?: readonly ['http' | 'smtp' | 'address', number] }

/** Route 1: help@shop.test. */
export async function addRoute(db: Database, { mode = 'endpoint', spamMode = 'mark', endpoint }: RouteRow = {}): Promise<void> {
  await db.$client.query(
    `REPLACE INTO routes (id, mail_server_id, uuid, domain_id, name, token, mode, spam_mode, endpoint_type, endpoint_id, created_at)
     VALUES (1, 1, 'route', 1, 'help', 'routetok', ?, ?, ?, ?, NOW(3))`,
    [mode, spamMode, endpoint?.[0] ?? null, endpoint?.[1] ?? null],
  )
}

export async function addHttpEndpoint(db: Database, url: string, columns: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const row = {
    id: 1,
    mail_server_id: 1,
    uuid: 'http',
    name: 'App',
    url,
    encoding: 'json',
    format: 'processed',
    created_at: new Date(),
    ...columns,
  }
  await db.$client.query('INSERT INTO http_endpoints SET ?', [row])
}

export async function addSmtpEndpoint(
  db: Database,
  hostname: string,
  port: number,
  columns: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const created_at = new Date()
  const row = { id: 1, mail_server_id: 1, uuid: 'smtp', name: 'Box', hostname, port, tls_mode: 'auto', created_at, ...columns }
  await db.$client.query('INSERT INTO smtp_endpoints SET ?', [row])
}

export async function addAddressEndpoint(db: Database, address: string): Promise<void> {
  await db.$client.query('INSERT INTO address_endpoints SET ?', [
    { id: 1, mail_server_id: 1, uuid: 'addr', address, created_at: new Date() },
  ])
}
