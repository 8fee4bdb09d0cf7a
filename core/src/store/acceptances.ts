/** Writes accepted mail: raw mails, their messages and the queue entries that promise to work on them, in one transaction. */
import type { Scope } from '../domain/message.ts'
import type { Database, Transaction } from './database.ts'
import { answerStatements, type IdempotentAnswer } from './idempotency.ts'
import { beginWithRawMails, type RawMail } from './raw-mails.ts'
import { statisticsStatement } from './statistics.ts'
import { beginAndCommit, type Statement } from './transaction.ts'

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

/**
 * All or nothing: when this returns, all of it is on disk. Two round trips in most cases: the first begins the transaction with the raw
 * mails, the second writes all small rows and commits.
 */
export async function insertAccepted(db: Database, shard: number, accepted: readonly Accepted[]): Promise<void> {
  const rawMails = accepted.map((one) => one.rawMail)
  const messages = accepted.flatMap((one) => one.messages)
  const counted = messages.map((message) => ({ mailServerId: message.mailServerId, at: message.createdAt, count: message.scope }))
  await beginAndCommit(db, {
    begin: (tx) => beginWithRawMails(tx, rawMails),
    statements: [
      ...answerStatements(accepted.flatMap((one) => one.answer ?? [])),
      ...inParts(messages, (part) => [INSERT_MESSAGES, [part.map(messageValues)]]),
      ...inParts(
        accepted.flatMap((one) => one.queueEntries),
        (part) => [INSERT_QUEUE_ENTRIES, [part.map(queueValues)]],
      ),
      ...(counted.length > 0 ? [statisticsStatement(shard, counted)] : []),
    ],
  })
}

function inParts<T>(rows: readonly T[], statement: (part: readonly T[]) => Statement): Statement[] {
  const statements: Statement[] = []
  for (let from = 0; from < rows.length; from += ROWS_PER_STATEMENT) statements.push(statement(rows.slice(from, from + ROWS_PER_STATEMENT)))
  return statements
}

const INSERT_MESSAGES = `INSERT INTO messages (id, mail_server_id, raw_mail_id, token, scope, rcpt_to, mail_from, subject, message_id, size, domain_id,
  credential_id, route_id, endpoint_type, endpoint_id, bounce, bounce_for_id, tag, received_with_tls, created_at) VALUES ?`

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

const INSERT_QUEUE_ENTRIES = `INSERT INTO queue_entries (message_id, mail_server_id, raw_mail_id, scope, domain, priority, due_at, manual,
  expires_at, created_at) VALUES ?`

export async function insertQueueEntries(tx: Transaction, entries: readonly NewQueueEntryRow[]): Promise<void> {
  for (const [sql, values] of inParts(entries, (part) => [INSERT_QUEUE_ENTRIES, [part.map(queueValues)]])) await tx.query(sql, [...values])
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
