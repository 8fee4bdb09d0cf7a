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

export type Statement = readonly [sql: string, values: readonly unknown[]]

export type LockAndWrite<Row, T> = {
  /** Each a SELECT … FOR UPDATE. */
  readonly lock: readonly Statement[]
  /** What to do about the rows; it may run more than once. */
  readonly decide: (rows: readonly Row[]) => { readonly statements: readonly Statement[]; readonly answer: T }
}

/**
 * A transaction in two round trips instead of one for each statement, for what is done for every mail: compound statements
 * carry the lot. They need no multi-statement mode, whose absence is a second line of defence against injection.
 */
export async function lockAndWrite<Row, T>(db: Database, work: LockAndWrite<Row, T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await twoTrips(db, work)
    } catch (fault) {
      if (!isConflict(fault) || tries >= TRIES_MAX) throw fault
    }
  }
}

async function twoTrips<Row, T>(db: Database, { lock, decide }: LockAndWrite<Row, T>): Promise<T> {
  const tx = await db.$client.getConnection()
  let healthy = false
  try {
    const [sets] = await tx.query(compound(tx, [['START TRANSACTION', []], ...lock]))
    const { statements, answer } = decide(rowsIn<Row>(sets))
    await tx.query(compound(tx, [...statements, ['COMMIT', []]]))
    healthy = true
    return answer
  } catch (fault) {
    healthy = await tx.query('ROLLBACK').then(
      () => true,
      () => false,
    )
    throw fault
  } finally {
    if (healthy) tx.release()
    else tx.destroy()
  }
}

const compound = (tx: Transaction, statements: readonly Statement[]): string =>
  `BEGIN NOT ATOMIC ${statements.map(([sql, values]) => tx.format(sql, [...values])).join('; ')}; END`

/** A compound statement answers a list: the rows of each SELECT, and its own end. */
const rowsIn = <Row>(sets: unknown): readonly Row[] => (Array.isArray(sets) ? sets.filter(Array.isArray).flat() : [])
