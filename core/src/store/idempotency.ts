/** Answers kept under a key that a caller chose, for a day: a repeat of the call finds the first answer. */
import type { Database } from './database.ts'
import type { Statement } from './transaction.ts'

export const IDEMPOTENCY_MS = 86_400_000

export type IdempotencyKey = {
  readonly mailServerId: number
  /** Whose key it is, such as `credential:17`. */
  readonly owner: string
  /** SHA-256 of the key. */
  readonly keyHash: Buffer
}

export type IdempotentAnswer = IdempotencyKey & {
  /** SHA-256 of what was asked for: the same key with another request is refused. */
  readonly requestHash: Buffer
  readonly answer: Record<string, unknown>
  readonly createdAt: Date
}

type Row = { request_hash: Buffer; answer: string | Record<string, unknown> }

/** Waits for a transaction that is writing the same key only inside of `insertAnswers`; this look is a plain read. */
export async function findAnswer(
  db: Database,
  { mailServerId, owner, keyHash }: IdempotencyKey,
  now: Date,
): Promise<Pick<IdempotentAnswer, 'requestHash' | 'answer'> | undefined> {
  const [rows] = await db.$client.query(
    'SELECT request_hash, answer FROM idempotency_keys WHERE mail_server_id = ? AND owner = ? AND key_hash = ? AND created_at > ?',
    [mailServerId, owner, keyHash, new Date(now.getTime() - IDEMPOTENCY_MS)],
  )
  const [row] = rows as unknown as Row[] // the shape is that of the SELECT above
  if (!row) return undefined
  return { requestHash: row.request_hash, answer: typeof row.answer === 'string' ? JSON.parse(row.answer) : row.answer }
}

/**
 * Belongs into the transaction that does what was asked. Of two that write the same key the second waits for the first to commit and then
 * fails as a duplicate, so that nothing is done twice. Rows come in key order, so that two transactions cannot deadlock.
 */
export function answerStatements(answers: readonly IdempotentAnswer[]): Statement[] {
  if (answers.length === 0) return []
  const sorted = [...answers].sort((a, b) => Buffer.compare(a.keyHash, b.keyHash))
  return [
    ...sorted.map(
      ({ mailServerId, owner, keyHash, createdAt }): Statement => [
        'DELETE FROM idempotency_keys WHERE mail_server_id = ? AND owner = ? AND key_hash = ? AND created_at <= ?',
        [mailServerId, owner, keyHash, new Date(createdAt.getTime() - IDEMPOTENCY_MS)],
      ],
    ),
    [
      'INSERT INTO idempotency_keys (mail_server_id, owner, key_hash, request_hash, answer, created_at) VALUES ?',
      [sorted.map((a) => [a.mailServerId, a.owner, a.keyHash, a.requestHash, JSON.stringify(a.answer), a.createdAt])],
    ],
  ]
}
