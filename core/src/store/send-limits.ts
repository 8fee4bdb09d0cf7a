/** The volume of each mail server over the last hour, by minute, and who has been told that it comes near the limit. */
import type { SendLimitFacts } from '../domain/event.ts'
import type { Database } from './database.ts'
import { appendMailServerEvents } from './events.ts'
import { inTransaction, type Statement } from './transaction.ts'

const MINUTE_MS = 60_000
export const VOLUME_MS = 60 * MINUTE_MS

/** Adds messages to the minutes in which they were first tried. Rows come in key order, as those of the statistics. */
export function countingStatement(node: number, counted: readonly { readonly mailServerId: number; readonly at: Date }[]): Statement[] {
  if (counted.length === 0) return []
  const minutes = Map.groupBy(counted, ({ mailServerId, at }) => `${String(mailServerId).padStart(16, '0')} ${minuteOf(at).getTime()}`)
  const rows = [...minutes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, group]) => (group[0] ? [[group[0].mailServerId, minuteOf(group[0].at), node, group.length]] : []))
  return [
    [
      'INSERT INTO send_minutes (mail_server_id, minute, node, messages) VALUES ? ON DUPLICATE KEY UPDATE messages = messages + VALUES(messages)',
      [rows],
    ],
  ]
}

const minuteOf = (at: Date): Date => new Date(Math.floor(at.getTime() / MINUTE_MS) * MINUTE_MS)

export type MinuteVolume = { readonly minute: Date; readonly messages: number }

/** The last 60 minutes in which anything was sent, oldest first. */
export async function readVolume(db: Database, mailServerId: number, now: Date): Promise<MinuteVolume[]> {
  const [rows] = await db.$client.query(
    `SELECT minute, CAST(SUM(messages) AS UNSIGNED) AS messages FROM send_minutes WHERE mail_server_id = ? AND minute > ?
     GROUP BY minute ORDER BY minute`,
    [mailServerId, new Date(now.getTime() - VOLUME_MS)],
  )
  return rows as unknown as MinuteVolume[] // as selected
}

export type LimitNotice = SendLimitFacts & {
  readonly eventId: number
  readonly mailServerId: number
  readonly kind: 'limit_near' | 'limit_exceeded'
  readonly now: Date
}

/** Notes where the mail server stands; its webhooks learn of it at most once an hour. @returns whether they do now */
export async function noteSendLimit(db: Database, { eventId, mailServerId, kind, now, volume, limit }: LimitNotice): Promise<boolean> {
  const [column, other] = kind === 'limit_exceeded' ? ['exceeded', 'approaching'] : ['approaching', 'exceeded']
  await db.$client.query(`UPDATE mail_servers SET send_limit_${column}_at = ?, send_limit_${other}_at = NULL WHERE id = ?`, [
    now,
    mailServerId,
  ])
  const [result] = await db.$client.query(
    `UPDATE mail_servers SET send_limit_${column}_notified_at = ?
     WHERE id = ? AND (send_limit_${column}_notified_at IS NULL OR send_limit_${column}_notified_at < ?)`,
    [now, mailServerId, new Date(now.getTime() - VOLUME_MS)],
  )
  if (!('affectedRows' in result) || result.affectedRows !== 1) return false
  await inTransaction(db, (tx) => appendMailServerEvents(tx, [{ id: eventId, mailServerId, at: now, kind, data: { volume, limit } }]))
  return true
}

export async function clearSendLimit(db: Database, mailServerId: number): Promise<void> {
  await db.$client.query(
    `UPDATE mail_servers SET send_limit_approaching_at = NULL, send_limit_exceeded_at = NULL
     WHERE id = ? AND (send_limit_approaching_at IS NOT NULL OR send_limit_exceeded_at IS NOT NULL)`,
    [mailServerId],
  )
}
