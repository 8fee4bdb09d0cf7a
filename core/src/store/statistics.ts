/** Hourly counts by mail server. Each process adds to rows of its own (`node`), so that no two wait for each other. */
import type { Database, Transaction } from './database.ts'
import type { RowsStatement } from './prepared-steps.ts'
import { select } from './select.ts'

export const COUNTS = ['incoming', 'outgoing', 'sent', 'delayed', 'failed', 'held', 'bounced', 'opened', 'clicked'] as const
export type Count = (typeof COUNTS)[number]
export type Counted = { readonly mailServerId: number; readonly at: Date; readonly count: Count }

/** `delayed` is a reserved word. */
const QUOTED = COUNTS.map((count) => `\`${count}\``)

const HOUR_MS = 3_600_000

/** Adds one for each thing counted. */
export async function addStatistics(tx: Transaction, node: number, counted: readonly Counted[]): Promise<void> {
  if (counted.length === 0) return
  const [sql, values] = statisticsStatement(node, counted)
  await tx.query(sql, [...values])
}

/** One statement for all. Rows come in key order, so that two transactions of one process cannot deadlock. */
export function statisticsStatement(node: number, counted: readonly Counted[]): RowsStatement {
  const rows = new Map<string, { key: [number, Date, number]; counts: Map<Count, number> }>()
  for (const { mailServerId, at, count } of counted) {
    const hour = Math.floor(at.getTime() / HOUR_MS) * HOUR_MS
    const name = `${String(mailServerId).padStart(16, '0')}:${hour}`
    const row = rows.get(name) ?? { key: [mailServerId, new Date(hour), node] as [number, Date, number], counts: new Map<Count, number>() }
    row.counts.set(count, (row.counts.get(count) ?? 0) + 1)
    rows.set(name, row)
  }
  const values = [...rows.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => [...row.key, ...COUNTS.map((count) => row.counts.get(count) ?? 0)])
  return [
    `INSERT INTO statistics (mail_server_id, hour, node, ${QUOTED.join(', ')}) VALUES ?
     ON DUPLICATE KEY UPDATE ${QUOTED.map((count) => `${count} = ${count} + VALUES(${count})`).join(', ')}`,
    [values],
  ]
}

export type HourCounts = { readonly hour: Date } & Readonly<Record<Count, number>>

/** The hours since a time in which anything happened, oldest first. */
export async function hourlyStatistics(db: Database, mailServerId: number, since: Date): Promise<HourCounts[]> {
  const sums = QUOTED.map((count) => `CAST(SUM(${count}) AS UNSIGNED) AS ${count}`).join(', ')
  const rows = await select<HourCounts>(
    db.$client,
    `SELECT hour, ${sums} FROM statistics WHERE mail_server_id = ? AND hour >= ? GROUP BY hour ORDER BY hour`,
    [mailServerId, since],
  )
  return rows
}
