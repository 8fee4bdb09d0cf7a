/** Raw mail: written once, read whole, dropped by the day. */
import type { Database, Transaction } from './database.ts'
import type { Value } from './prepared-steps.ts'
import { select } from './select.ts'

export type RawMail = { readonly id: number; readonly mailServerId: number; readonly data: Buffer }

/** Statements of these many rows, so that each is prepared once on a connection. Blobs are four times faster prepared than quoted. */
const ROWS_PER_STATEMENT = [16, 8, 4, 2, 1] as const
/** Larger mails go alone, to stay well below the server's packet limit. */
const LARGE_BYTES = 512 * 1024

export const INSERT_RAW_MAILS = 'INSERT INTO raw_mails (id, mail_server_id, size, data) VALUES ?'
export const rawMailValues = (mail: RawMail): Value[] => [mail.id, mail.mailServerId, mail.data.length, mail.data]
export const isLarge = ({ data }: RawMail): boolean => data.length >= LARGE_BYTES

/** Starts a transaction with these raw mails in it; up to sixteen small ones in one round trip. */
export async function beginWithRawMails(tx: Transaction, mails: readonly RawMail[]): Promise<void> {
  let began = false
  for (const part of parts(mails)) {
    const insert = INSERT_RAW_MAILS.replace('?', part.map(() => '(?, ?, ?, ?)').join(', '))
    await tx.execute(began ? insert : `BEGIN NOT ATOMIC START TRANSACTION; ${insert}; END`, part.flatMap(rawMailValues))
    began = true
  }
}

function parts(mails: readonly RawMail[]): RawMail[][] {
  const small = mails.filter((mail) => !isLarge(mail))
  const together: RawMail[][] = []
  for (let from = 0; from < small.length; ) {
    const rows = ROWS_PER_STATEMENT.find((count) => count <= small.length - from) ?? 1
    together.push(small.slice(from, from + rows))
    from += rows
  }
  return [...together, ...mails.filter(isLarge).map((mail) => [mail])]
}

/** The raw mails that are still there, by id. */
export async function readRawMails(db: Database, ids: readonly number[]): Promise<Map<number, Buffer>> {
  if (ids.length === 0) return new Map()
  const rows = await select<{ id: number; data: Buffer }>(db.$client, 'SELECT id, data FROM raw_mails WHERE id IN (?)', [ids])
  return new Map(rows.map((row) => [row.id, row.data]))
}

/** The raw mails that are still there; those above a size without their bytes. */
export async function peekRawMails(db: Database, ids: readonly number[], bytesMax: number): Promise<Map<number, Buffer | null>> {
  if (ids.length === 0) return new Map()
  const rows = await select<{ id: number; data: Buffer | null }>(
    db.$client,
    'SELECT id, IF(size <= ?, data, NULL) AS data FROM raw_mails WHERE id IN (?)',
    [bytesMax, ids],
  )
  return new Map(rows.map((row) => [row.id, row.data]))
}

/** Which of these ids are there: what became of a commit whose answer was lost. */
export const existingRawMails = (db: Database, ids: readonly number[]): Promise<Set<number>> => existingRawMailsIn(db.$client, ids)

export async function existingRawMailsIn(queries: Pick<Transaction, 'query'>, ids: readonly number[]): Promise<Set<number>> {
  if (ids.length === 0) return new Set()
  const rows = await select<{ id: number }>(queries, 'SELECT id FROM raw_mails WHERE id IN (?)', [ids])
  return new Set(rows.map((row) => row.id))
}
