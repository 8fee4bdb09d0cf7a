/** Finds what a repeated call was answered the first time. */
import { createHash } from 'node:crypto'
import { AppError } from '../domain/errors.ts'
import type { Database } from '../store/database.ts'
import { findAnswer, type IdempotencyKey, type IdempotentAnswer } from '../store/idempotency.ts'
import type { Receipt } from './receipt.ts'

/** A key that the sender made up for this mail, so that sending it again after a lost answer does no harm. */
export type Idempotency = {
  /** Whose key it is, such as `credential:17`. */
  readonly owner: string
  readonly key: string
  /** All of what was asked for, to tell a repeat from a key that is used twice by mistake. */
  readonly request: string | Buffer
}

const sha256 = (of: string | Buffer): Buffer => createHash('sha256').update(of).digest()

const keyOf = (mailServerId: number, { owner, key }: Pick<Idempotency, 'owner' | 'key'>): IdempotencyKey => ({
  mailServerId,
  owner,
  keyHash: sha256(key),
})

export const toAnswer = (mailServerId: number, idempotency: Idempotency, receipt: Receipt, now: Date): IdempotentAnswer => ({
  ...keyOf(mailServerId, idempotency),
  requestHash: sha256(idempotency.request),
  answer: receipt,
  createdAt: now,
})

/** @throws AppError `idempotency.conflict` when the key was used for something else. */
export async function findRepeat(db: Database, mailServerId: number, idempotency: Idempotency, now: Date): Promise<Receipt | undefined> {
  const found = await findAnswer(db, keyOf(mailServerId, idempotency), now)
  if (!found) return undefined
  if (!found.requestHash.equals(sha256(idempotency.request)))
    throw new AppError('idempotency.conflict', 'This Idempotency-Key was used for another request within the last 24 hours.')
  return found.answer as Receipt // as `toAnswer` wrote it
}
