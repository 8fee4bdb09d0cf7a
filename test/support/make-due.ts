/** Lets what waits for its next try be due at once. Workers lock the same rows meanwhile, so that this may lose a conflict; then it is done again. */
import type { Database } from '@posthaste/core/store/database.ts'
import { inTransaction } from '@posthaste/core/store/transaction.ts'

type Which = { readonly table?: 'queue_entries' | 'webhook_requests'; readonly where?: string }

export const makeDue = (db: Database, { table = 'queue_entries', where = 'TRUE' }: Which = {}): Promise<unknown> =>
  inTransaction(db, (tx) => tx.query(`UPDATE ${table} SET due_at = created_at WHERE ${where}`))
