/** Writes accepted mail: raw mails, their messages and the queue entries that promise to work on them, in one transaction. */
import type { Scope } from '../domain/message.ts'
import type { Database, Transaction } from './database.ts'
import { type IdempotentAnswer, insertAnswers } from './idempotency.ts'
import { insertRawMails, type RawMail } from './raw-mails.ts'
import { addStatistics } from './statistics.ts'
import { inTransaction } from './transaction.ts'

export type NewMessageRow = {
  readonly id: number
  readonly mailServerId: number
  readonly rawMailId: number
  readonly token: string
  readonly scope: Scope
  readonly rcptTo: string
  readonly mailFrom: string
  readonly subject: string | null
  readonly messageId: string | null
  readonly size: number
  readonly domainId: number | null
  readonly credentialId: number | null
  readonly routeId: number | null
  readonly endpointType: string | null
  readonly endpointId: number | null
  readonly bounce: boolean
  readonly bounceForId: number | null
  readonly tag: string | null
  readonly receivedWithTls: boolean
  readonly createdAt: Date
}

export type NewQueueEntryRow = {
  readonly messageId: number
  readonly mailServerId: number
  readonly rawMailId: number
  readonly scope: Scope
  readonly domain: string
  readonly priority: number
  readonly dueAt: Date
  readonly manual: boolean
  readonly expiresAt: Date | null
}

export type Accepted = {
  readonly rawMail: RawMail
  readonly messages: readonly NewMessageRow[]
  readonly queueEntries: readonly NewQueueEntryRow[]
  /** What a repeat is to be answered, when the sender gave a key. */
  readonly answer?: IdempotentAnswer
}

const ROWS_PER_STATEMENT = 500

/** All or nothing: when this returns, all of it is on disk. */
export async function insertAccepted(db: Database, node: number, accepted: readonly Accepted[]): Promise<void> {
  await inTransaction(db, async (tx) => {
    await insertAnswers(
      tx,
      accepted.flatMap((one) => one.answer ?? []),
    )
    await insertRawMails(
      tx,
      accepted.map((one) => one.rawMail),
    )
    const messages = accepted.flatMap((one) => one.messages)
    await insertMessages(tx, messages)
    await insertQueueEntries(
      tx,
      accepted.flatMap((one) => one.queueEntries),
    )
    await addStatistics(
      tx,
      node,
      messages.map((message) => ({ mailServerId: message.mailServerId, at: message.createdAt, count: message.scope })),
    )
  })
}

async function insertMessages(tx: Transaction, messages: readonly NewMessageRow[]): Promise<void> {
  for (let from = 0; from < messages.length; from += ROWS_PER_STATEMENT) {
    await tx.query(
      `INSERT INTO messages (id, mail_server_id, raw_mail_id, token, scope, rcpt_to, mail_from, subject, message_id, size, domain_id,
         credential_id, route_id, endpoint_type, endpoint_id, bounce, bounce_for_id, tag, received_with_tls, created_at) VALUES ?`,
      [messages.slice(from, from + ROWS_PER_STATEMENT).map(messageValues)],
    )
  }
}

const messageValues = (m: NewMessageRow): unknown[] => [
  m.id,
  m.mailServerId,
  m.rawMailId,
  m.token,
  m.scope,
  m.rcptTo,
  m.mailFrom,
  m.subject,
  m.messageId,
  m.size,
  m.domainId,
  m.credentialId,
  m.routeId,
  m.endpointType,
  m.endpointId,
  m.bounce,
  m.bounceForId,
  m.tag,
  m.receivedWithTls,
  m.createdAt,
]

export async function insertQueueEntries(tx: Transaction, entries: readonly NewQueueEntryRow[]): Promise<void> {
  for (let from = 0; from < entries.length; from += ROWS_PER_STATEMENT) {
    await tx.query(
      `INSERT INTO queue_entries (message_id, mail_server_id, raw_mail_id, scope, domain, priority, due_at, manual, expires_at, created_at) VALUES ?`,
      [entries.slice(from, from + ROWS_PER_STATEMENT).map(queueValues)],
    )
  }
}

const queueValues = (e: NewQueueEntryRow): unknown[] => [
  e.messageId,
  e.mailServerId,
  e.rawMailId,
  e.scope,
  e.domain,
  e.priority,
  e.dueAt,
  e.manual,
  e.expiresAt,
  e.dueAt,
]
