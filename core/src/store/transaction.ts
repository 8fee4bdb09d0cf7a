/** Runs a bulk write in one transaction and tries it again when it lost a conflict. */
import type { Database, Transaction } from './database.ts'
import { isConflict } from './faults.ts'

const TRIES_MAX = 5

/** `work` may run more than once and must therefore do nothing but talk to the database. */
export const inTransaction = <T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> =>
  again(() =>
    onConnection(db, async (tx) => {
      await tx.query('START TRANSACTION')
      const result = await work(tx)
      await tx.query('COMMIT')
      return result
    }),
  )

async function again<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt()
    } catch (fault) {
      if (!isConflict(fault) || tries >= TRIES_MAX) throw fault
    }
  }
}

/** What `work` has begun and not committed is rolled back. */
async function onConnection<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  const tx = await db.$client.getConnection()
  let healthy = false
  try {
    const result = await work(tx)
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

/** For work that begins and commits in statements of its own, so that all of it may be one round trip. */
export const inOwnTransaction = <T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> => again(() => onConnection(db, work))

export type Statement = readonly [sql: string, values: readonly unknown[]]

export type LockAndWrite<Row, T> = {
  /** Each a SELECT … FOR UPDATE. */
  readonly lock: readonly Statement[]
  /** What to do about the rows; it may run more than once, and read on meanwhile. */
  readonly decide: (rows: readonly Row[], tx: Transaction) => Decision<T> | Promise<Decision<T>>
}

type Decision<T> = { readonly statements: readonly Statement[]; readonly answer: T }

/**
 * A transaction in two round trips instead of one for each statement, for what is done for every mail: compound statements
 * carry the lot. They need no multi-statement mode, whose absence is a second line of defence against injection.
 */
export const lockAndWrite = <Row, T>(db: Database, { lock, decide }: LockAndWrite<Row, T>): Promise<T> =>
  again(() =>
    onConnection(db, async (tx) => {
      const [sets] = await tx.query(compound(tx, [['START TRANSACTION', []], ...lock]))
      const { statements, answer } = await decide(rowsIn<Row>(sets), tx)
      await tx.query(compound(tx, [...statements, ['COMMIT', []]]))
      return answer
    }),
  )

export type BeginAndCommit = {
  /** Starts the transaction, with whatever needs prepared statements. */
  readonly begin: (tx: Transaction) => Promise<void>
  readonly statements: readonly Statement[]
}

/** The same for writing what nobody else knows yet: nothing is to be locked first. */
export const beginAndCommit = (db: Database, { begin, statements }: BeginAndCommit): Promise<void> =>
  again(() =>
    onConnection(db, async (tx) => {
      await begin(tx)
      await tx.query(compound(tx, [...statements, ['COMMIT', []]]))
    }),
  )

const compound = (tx: Transaction, statements: readonly Statement[]): string =>
  `BEGIN NOT ATOMIC ${statements.map(([sql, values]) => tx.format(sql, [...values])).join('; ')}; END`

/** A compound statement answers a list: the rows of each SELECT, and its own end. */
const rowsIn = <Row>(sets: unknown): readonly Row[] => (Array.isArray(sets) ? sets.filter(Array.isArray).flat() : [])
