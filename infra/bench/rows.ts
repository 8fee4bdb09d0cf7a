/** Mail made by SQL, for lengths that no load generator reaches in time. All of it is of one raw mail, as a broadcast is. */
import { randomBytes } from 'node:crypto'
import { firstIdAt } from '@posthaste/core/domain/ids.ts'
import type { Installation } from '@posthaste/test/support/installation/open.ts'
import { benchMail, FROM, MESSAGE_BYTES } from './mail.ts'

const DAY_MS = 86_400_000
/** One statement's work; more would make one transaction of hundreds of megabytes. */
const ROWS_PER_STATEMENT = 100_000

export type NewRows = Recipients & { readonly count: number; readonly status?: 'pending' | 'sent' }
/** One domain, or this many by turns, of which the first is `d0.test`. */
export type Recipients = { readonly domain?: string; readonly domains?: number }

export type RowMaker = {
  /** @returns the ids, which lie in a row from `first` */
  readonly addMessages: (rows: NewRows) => Promise<IdRange>
  /** Messages that are due at a time. */
  readonly addQueued: (count: number, dueAt: Date, recipients?: Recipients) => Promise<IdRange>
}

export type IdRange = { readonly first: number; readonly count: number }

type Place = Pick<Installation, 'db' | 'mailServerId' | 'domainId'>

/** Ids lie a day back, where no process makes any. */
export async function createRows({ db, mailServerId, domainId }: Place): Promise<RowMaker> {
  const createdAt = new Date(Date.now() - DAY_MS)
  const rawMailId = firstIdAt(createdAt)
  let next = rawMailId + 1
  const data = Buffer.from(benchMail())
  await db.$client.query('INSERT INTO raw_mails (id, mail_server_id, size, data) VALUES (?, ?, ?, ?)', [
    ...[rawMailId, mailServerId, data.length, data],
  ])
  const tokenHead = randomBytes(4).toString('hex')

  const addMessages = async ({ count, status = 'pending', ...recipients }: NewRows): Promise<IdRange> => {
    const domain = domainOf(recipients)
    const first = next
    next += count
    for (const { from, rows } of chunks(first, count)) {
      await db.$client.query(
        `INSERT INTO messages (id, mail_server_id, raw_mail_id, token, scope, status, rcpt_to, mail_from, subject, message_id, size, domain_id, created_at)
         SELECT ? + seq, ?, ?, CONCAT(?, LPAD(CONV(seq, 10, 36), 8, '0')), 'outgoing', ?, CONCAT('rcpt', ? + seq, '@', ${domain}), ?,
           'Your order 7781', CONCAT(? + seq, '@bench'), ?, ?, ? FROM seq_1_to_${rows}`,
        [from - 1, mailServerId, rawMailId, tokenHead, status, from - 1 - rawMailId, FROM, from - 1, MESSAGE_BYTES, domainId, createdAt],
      )
    }
    return { first, count }
  }
  const addQueued = async (count: number, dueAt: Date, recipients: Recipients = {}): Promise<IdRange> => {
    const range = await addMessages({ count, ...recipients })
    for (const { from, rows } of chunks(range.first, count)) {
      await db.$client.query(
        `INSERT INTO queue_entries (message_id, mail_server_id, raw_mail_id, scope, domain, due_at, created_at)
         SELECT ? + seq, ?, ?, 'outgoing', ${domainOf(recipients)}, ?, ? FROM seq_1_to_${rows}`,
        [from - 1, mailServerId, rawMailId, dueAt, createdAt],
      )
    }
    return range
  }
  return { addMessages, addQueued }
}

/** As SQL. Chunks end where a turn does not matter: every message only needs some domain. */
const domainOf = ({ domain = 'receiver.test', domains }: Recipients): string =>
  domains ? `CONCAT('d', MOD(seq, ${domains}), '.test')` : `'${domain}'`

function chunks(first: number, count: number): { from: number; rows: number }[] {
  return Array.from({ length: Math.ceil(count / ROWS_PER_STATEMENT) }, (_, n) => ({
    from: first + n * ROWS_PER_STATEMENT,
    rows: Math.min(ROWS_PER_STATEMENT, count - n * ROWS_PER_STATEMENT),
  }))
}
