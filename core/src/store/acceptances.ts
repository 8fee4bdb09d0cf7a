/** Writes accepted mail: raw mails, their messages and the queue entries that promise to work on them, in one transaction. */
import type { Scope } from '../domain/message.ts'
import type { Database, Transaction } from './database.ts'
import { answerStatements, type IdempotentAnswer } from './idempotency.ts'
import { type RowsStatement, runPrepared, type Value } from './prepared-steps.ts'
import { beginWithRawMails, INSERT_RAW_MAILS, isLarge, type RawMail, rawMailValues } from './raw-mails.ts'
import { statisticsStatement } from './statistics.ts'
import { beginAndCommit } from './transaction.ts'

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

/** All or nothing: when this returns, all of it is on disk. */
export function insertAccepted(db: Database, shard: number, accepted: readonly Accepted[]): Promise<void> {
  const counted = accepted.flatMap(({ messages }) =>
    messages.map((message) => ({ mailServerId: message.mailServerId, at: message.createdAt, count: message.scope })),
  )
  const statistics = counted.length > 0 ? [statisticsStatement(shard, counted)] : []
  return accepted.every(isUsual) ? insertUsual(db, accepted, statistics) : insertAny(db, accepted, statistics)
}

/** A small mail to one recipient, as nearly all are. */
const isUsual = ({ rawMail, messages, answer }: Accepted): boolean => messages.length === 1 && answer === undefined && !isLarge(rawMail)

const MAILS_PER_STEP = 16

/** All rows of sixteen mails in one round trip. Statistics of several mail servers go apart, so that there are few statements to prepare. */
function insertUsual(db: Database, accepted: readonly Accepted[], statistics: readonly RowsStatement[]): Promise<void> {
  const parts = inParts(accepted, MAILS_PER_STEP)
  const end = [...statistics, 'COMMIT'] as const
  const joined = statistics.every(([, [rows]]) => rows.length === 1)
  const steps = parts.map((part, n) => [
    ...(n === 0 ? (['START TRANSACTION'] as const) : []),
    ...rowsOf(part),
    ...(joined && n === parts.length - 1 ? end : []),
  ])
  return runPrepared(db, joined ? steps : [...steps, end])
}

const rowsOf = (accepted: readonly Accepted[]): readonly RowsStatement[] => [
  [INSERT_RAW_MAILS, [accepted.map(({ rawMail }) => rawMailValues(rawMail))]],
  [INSERT_MESSAGES, [accepted.flatMap(({ messages }) => messages.map(messageValues))]],
  [INSERT_QUEUE_ENTRIES, [accepted.flatMap(({ queueEntries }) => queueEntries.map(queueValues))]],
]

const ROWS_PER_STATEMENT = 500

/** Two round trips and more: the first begins the transaction with the raw mails, the last writes all small rows and commits. */
function insertAny(db: Database, accepted: readonly Accepted[], statistics: readonly RowsStatement[]): Promise<void> {
  const rawMails = accepted.map((one) => one.rawMail)
  const messages = accepted.flatMap((one) => one.messages)
  return beginAndCommit(db, {
    begin: (tx) => beginWithRawMails(tx, rawMails),
    statements: [
      ...answerStatements(accepted.flatMap((one) => one.answer ?? [])),
      ...inParts(messages, ROWS_PER_STATEMENT).map((part): RowsStatement => [INSERT_MESSAGES, [part.map(messageValues)]]),
      ...queueStatements(accepted.flatMap((one) => one.queueEntries)),
      ...statistics,
    ],
  })
}

function inParts<T>(all: readonly T[], size: number): T[][] {
  const parts: T[][] = []
  for (let from = 0; from < all.length; from += size) parts.push(all.slice(from, from + size))
  return parts
}

const INSERT_MESSAGES = `INSERT INTO messages (id, mail_server_id, raw_mail_id, token, scope, rcpt_to, mail_from, subject, message_id, size, domain_id,
  credential_id, route_id, endpoint_type, endpoint_id, bounce, bounce_for_id, tag, received_with_tls, created_at) VALUES ?`

const messageValues = (m: NewMessageRow): Value[] => [
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
  for (const [sql, values] of queueStatements(entries)) await tx.query(sql, [...values])
}

const queueStatements = (entries: readonly NewQueueEntryRow[]): RowsStatement[] =>
  inParts(entries, ROWS_PER_STATEMENT).map((part) => [INSERT_QUEUE_ENTRIES, [part.map(queueValues)]])

const queueValues = (e: NewQueueEntryRow): Value[] => [
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
