/** Webhooks whose receivers have not worked for long, and whether their owners were told. */
import type { Database } from './database.ts'
import { select } from './select.ts'

export type PausedWebhook = {
  readonly id: number
  readonly name: string
  readonly url: string
  readonly failuresInARow: number
  readonly pausedAt: Date
  readonly ownerToldAt: Date | null
  readonly mailServerId: number
  readonly mailServerName: string
  readonly mailServerPermalink: string
  readonly organizationId: number
  readonly organizationName: string
  readonly organizationPermalink: string
}

export type Untold = {
  /** Paused since then or longer. */
  readonly pausedBefore: Date
  /** Not told of another pause after this. */
  readonly toldBefore: Date
  readonly limit: number
}

/** Those that rest now and whose owners do not know of this pause, the longest first. */
export async function listUntoldPauses(db: Database, { pausedBefore, toldBefore, limit }: Untold): Promise<PausedWebhook[]> {
  return select<PausedWebhook>(
    db.$client,
    `SELECT w.id, w.name, w.url, w.failures_in_a_row AS failuresInARow, w.paused_at AS pausedAt, w.owner_told_at AS ownerToldAt,
       s.id AS mailServerId, s.name AS mailServerName, s.permalink AS mailServerPermalink,
       o.id AS organizationId, o.name AS organizationName, o.permalink AS organizationPermalink
     FROM webhooks w JOIN mail_servers s ON s.id = w.mail_server_id JOIN organizations o ON o.id = s.organization_id
     WHERE w.enabled AND w.paused_at <= ? AND (w.owner_told_at IS NULL OR (w.owner_told_at < w.paused_at AND w.owner_told_at <= ?))
       AND s.deleted_at IS NULL AND o.deleted_at IS NULL
     ORDER BY w.paused_at LIMIT ?`,
    [pausedBefore, toldBefore, limit],
  )
}

/** Of several workers one gets `true`: it is the one that tells. */
export async function claimTelling(db: Database, { id, pausedAt, ownerToldAt }: PausedWebhook, now: Date): Promise<boolean> {
  const [result] = await db.$client.query('UPDATE webhooks SET owner_told_at = ? WHERE id = ? AND paused_at = ? AND owner_told_at <=> ?', [
    ...[now, id, pausedAt, ownerToldAt],
  ])
  return 'affectedRows' in result && result.affectedRows === 1
}

/** The mail did not leave: as before. */
export async function undoTelling(db: Database, { id, ownerToldAt }: PausedWebhook, told: Date): Promise<void> {
  await db.$client.query('UPDATE webhooks SET owner_told_at = ? WHERE id = ? AND owner_told_at = ?', [ownerToldAt, id, told])
}

/** What its receiver answered last; undefined when that is forgotten. */
export async function findLastFailure(db: Database, { id, mailServerId }: PausedWebhook) {
  const [row] = await select<{ statusCode: number; responseBody: string }>(
    db.$client,
    `SELECT status_code AS statusCode, LEFT(response_body, 200) AS responseBody FROM webhook_attempts
     WHERE mail_server_id = ? AND webhook_id = ? ORDER BY id DESC LIMIT 1`,
    [mailServerId, id],
  )
  return row
}
