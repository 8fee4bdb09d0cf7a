/** Runs a bulk write in one transaction and tries it again when it lost a conflict. */
import type { Database, Transaction } from './database.ts'
import { isConflict } from './faults.ts'

const TRIES_MAX = 5

/** `work` may run more than once and must therefore do nothing but talk to the database. */
export async function inTransaction<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt(db, work)
    } catch (fault) {
      if (!isConflict(fault) || tries >= TRIES_MAX) throw fault
    }
  }
}

async function attempt<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const tx = await db.$client.getConnection()
  let healthy = false
  try {
    await tx.query('START TRANSACTION')
    const result = await work(tx)
    await tx.query('COMMIT')
    healthy = true
    return result
  } catch (fault) {
    healthy = await tx.query('ROLLBACK').then(
      () => true,
      () => false,
    )
    throw fault
  } finally {
    if (healthy) tx.release()
    else tx.destroy() // its transaction dies with it
  }
}
