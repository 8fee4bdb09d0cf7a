/** A transaction of prepared compound statements: for rows that are written by the thousand, at half of what formatting and parsing them costs. */
import type { Database } from './database.ts'
import { inOwnTransaction } from './transaction.ts'

/** Its `VALUES ?` stands for all rows. */
export type RowsStatement = readonly [sql: string, values: readonly [rows: readonly (readonly Value[])[]]]
export type Value = string | number | boolean | Date | Buffer | null

/** Each step is a round trip. The first begins the transaction and the last commits it. */
export type Step = readonly (RowsStatement | 'START TRANSACTION' | 'COMMIT')[]

/** Steps with as many rows are the same statement, which a connection prepares once. */
export const runPrepared = (db: Database, steps: readonly Step[]): Promise<void> =>
  inOwnTransaction(db, async (tx) => {
    for (const step of steps) await tx.execute(`BEGIN NOT ATOMIC ${step.map(textOf).join('; ')}; END`, step.flatMap(valuesOf))
  })

function textOf(statement: Step[number]): string {
  if (typeof statement === 'string') return statement
  const [sql, [rows]] = statement
  const row = `(${rows[0]?.map(() => '?').join(', ')})`
  return sql.replace('?', `${row}${`, ${row}`.repeat(rows.length - 1)}`)
}

const valuesOf = (statement: Step[number]): Value[] => (typeof statement === 'string' ? [] : statement[1][0].flat())
