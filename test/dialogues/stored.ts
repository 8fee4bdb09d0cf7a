/** What the SMTP server has stored, as tests look at it. */
import type { Database } from '@posthaste/core/store/database.ts'

export type Stored = {
  readonly id: number
  readonly mail_server_id: number
  readonly scope: string
  readonly rcpt_to: string
  readonly mail_from: string
  readonly domain_id: number | null
  readonly credential_id: number | null
  readonly route_id: number | null
  readonly endpoint_type: string | null
  readonly bounce: number
  readonly received_with_tls: number
  readonly message_id: string | null
  readonly raw: string
  readonly queued: number
}

/** Messages in the order they were made, each with its raw mail. */
export async function storedMessages(db: Database): Promise<Stored[]> {
  const [rows] = await db.$client.query(
    `SELECT m.*, r.data AS raw, (SELECT COUNT(*) FROM queue_entries q WHERE q.message_id = m.id) AS queued
     FROM messages m JOIN raw_mails r ON r.id = m.raw_mail_id ORDER BY m.id`,
  )
  return (rows as unknown as (Omit<Stored, 'raw'> & { raw: Buffer })[]).map((row) => ({ ...row, raw: row.raw.toString('utf8') })) // as selected
}

export async function forgetMessages(db: Database): Promise<void> {
  for (const table of ['messages', 'raw_mails', 'queue_entries', 'idempotency_keys']) await db.$client.query(`DELETE FROM ${table}`)
}
