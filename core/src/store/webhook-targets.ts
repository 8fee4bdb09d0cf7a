/** Webhooks as those who deliver to them see them: who wants which events, where they go, and how the receiver has been doing. */

import type { Health } from '../domain/circuit.ts'
import type { SpamThresholds } from '../domain/spam.ts'
import type { Database } from './database.ts'
import { select } from './select.ts'

export type Subscription = {
  readonly id: number
  readonly mailServerId: number
  readonly allEvents: boolean
  readonly events: readonly string[]
}

/** The enabled ones of these mail servers. */
export async function readSubscriptions(db: Database, mailServerIds: readonly number[]): Promise<Subscription[]> {
  if (mailServerIds.length === 0) return []
  const rows = await select<Subscription & { events: unknown }>(
    db.$client,
    'SELECT id, mail_server_id AS mailServerId, all_events AS allEvents, events FROM webhooks WHERE mail_server_id IN (?) AND enabled',
    [[...new Set(mailServerIds)]],
  )
  return rows.map((row) => ({
    ...row, // as selected; the driver gives tinyint(1) as numbers and MariaDB's JSON as text
    allEvents: Boolean(row.allEvents),
    events: typeof row.events === 'string' ? JSON.parse(row.events) : row.events,
  }))
}

/** From which score on mail is spam to each of these mail servers. */
export async function readSpamThresholds(db: Database, mailServerIds: readonly number[]): Promise<Map<number, SpamThresholds>> {
  if (mailServerIds.length === 0) return new Map()
  const rows = await select<{ id: number; incoming: unknown; outgoing: unknown }>(
    db.$client,
    'SELECT id, spam_threshold AS incoming, outbound_spam_threshold AS outgoing FROM mail_servers WHERE id IN (?)',
    [[...new Set(mailServerIds)]],
  )
  return new Map(
    rows.map(({ id, incoming, outgoing }) => [id, { incoming: Number(incoming), outgoing: outgoing === null ? null : Number(outgoing) }]),
  )
}

export type WebhookTarget = Health & {
  readonly id: number
  readonly mailServerId: number
  readonly name: string
  readonly url: string
  readonly enabled: boolean
  readonly secretSealed: Buffer
  readonly previousSecretSealed: Buffer | null
  /** Whether the installation's key signs beside the secret. */
  readonly postalSignatures: boolean
  readonly lastUsedAt: Date | null
}

/** Those that are gone are not in the map. */
export async function readWebhookTargets(db: Database, ids: readonly number[]): Promise<Map<number, WebhookTarget>> {
  if (ids.length === 0) return new Map()
  const targets = await select<WebhookTarget>(
    db.$client,
    `SELECT id, mail_server_id AS mailServerId, name, url, enabled, secret_sealed AS secretSealed, previous_secret_sealed AS previousSecretSealed,
       postal_signatures AS postalSignatures, failures_in_a_row AS failuresInARow, open_until AS openUntil, last_used_at AS lastUsedAt FROM webhooks WHERE id IN (?)`,
    [ids],
  )
  return new Map(targets.map((row) => [row.id, { ...row, enabled: Boolean(row.enabled), postalSignatures: Boolean(row.postalSignatures) }]))
}

export type HealthChange = Health & { readonly id: number; readonly lastUsedAt: Date | null; readonly now: Date }

/** A pause lasts from the first opening of the circuit to its closing, whatever opens it again meanwhile. */
export async function writeWebhookHealth(db: Database, change: HealthChange): Promise<void> {
  const { id, failuresInARow, openUntil, lastUsedAt, now } = change
  await db.$client.query(
    `UPDATE webhooks SET failures_in_a_row = ?, open_until = ?, last_used_at = ?, paused_at = IF(? IS NULL, NULL, COALESCE(paused_at, ?))
     WHERE id = ?`,
    [failuresInARow, openUntil, lastUsedAt, openUntil, now, id],
  )
}
