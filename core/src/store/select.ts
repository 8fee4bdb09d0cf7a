/** Runs a plain SELECT. The row's type is the caller's word for what the statement selects: the driver cannot know it. */
import type { Transaction } from './database.ts'

export async function select<Row>(queries: Pick<Transaction, 'query'>, sql: string, values: readonly unknown[] = []): Promise<Row[]> {
  const [rows] = await queries.query(sql, [...values])
  return rows as Row[]
}
