/** Webhook requests on their way: inserted by the fan-out, claimed for sending, taken back from the dead. */
import { holdsBack } from '../domain/webhook-retry.ts'
import type { Database, Transaction } from './database.ts'
import { liveLeases } from './leases.ts'
import { select } from './select.ts'
import { lockAndWrite, type Statement } from './transaction.ts'

export type NewWebhookRequest = {
  readonly id: number
  readonly mailServerId: number
  readonly webhookId: number
  readonly eventId: number
  readonly messageId: number | null
  readonly sequence: number
  readonly uuid: string
  readonly event: string
  readonly body: string
  readonly createdAt: Date
  readonly retryUntil: Date
}

export async function insertWebhookRequests(tx: Transaction, requests: readonly NewWebhookRequest[]): Promise<void> {
  if (requests.length === 0) return
  await tx.query(
    `INSERT INTO webhook_requests
       (id, mail_server_id, webhook_id, event_id, message_id, sequence, uuid, event, body, due_at, retry_until, created_at) VALUES ?`,
    [
      requests.map((r) => [
        ...[r.id, r.mailServerId, r.webhookId, r.eventId, r.messageId, r.sequence],
        ...[r.uuid, r.event, r.body, r.createdAt, r.retryUntil, r.createdAt],
      ]),
    ],
  )
}

/** Which webhooks have requests that are due. The index gives the first of each, however many wait behind it. */
export async function dueWebhooks(db: Database, now: Date): Promise<number[]> {
  const rows = await select<{ id: number; dueAt: Date }>(
    db.$client,
    "SELECT webhook_id AS id, MIN(due_at) AS dueAt FROM webhook_requests WHERE state = 'ready' GROUP BY webhook_id",
  )
  return rows.filter((row) => row.dueAt <= now).map((row) => row.id)
}

export type Signatures = { readonly kid: string; readonly sha1: string; readonly sha256: string }

export type WebhookRequest = {
  readonly id: number
  readonly mailServerId: number
  readonly webhookId: number
  readonly messageId: number | null
  readonly sequence: number
  readonly uuid: string
  readonly event: string
  readonly body: string
  readonly signatures: Signatures | null
  readonly attempts: number
  readonly dueAt: Date
  readonly retryUntil: Date
}

const COLUMNS = `id, mail_server_id AS mailServerId, webhook_id AS webhookId, message_id AS messageId, sequence, uuid, event, body,
  signatures, attempts, due_at AS dueAt, retry_until AS retryUntil`

export type Wanted = { readonly webhookId: number; readonly limit: number }
export type WebhookClaim = {
  readonly lease: number
  readonly now: Date
  readonly wanted: readonly Wanted[]
  /** Whether an earlier request of that message is in our own hands: then the next may follow it there. */
  readonly holds: (webhookId: number, messageId: number) => boolean
}

/** How long a request waits behind one that another process has in hand. */
const BEHIND_OTHERS_MS = 1_000

/**
 * Claims the oldest due requests of each webhook, up to its limit. One whose message has an earlier request still pending is put
 * behind that one, so that the events of a message arrive in their order.
 */
export async function claimWebhookRequests(db: Database, claim: WebhookClaim): Promise<WebhookRequest[]> {
  if (claim.wanted.length === 0) return []
  return lockAndWrite<Row, WebhookRequest[]>(db, {
    lock: claim.wanted.map((wanted) => lockingDue(wanted, claim)),
    decide: async (rows, tx) => {
      const due = rows.map(parsed).sort((a, b) => a.sequence - b.sequence) // so that of one message the first comes first
      const waits = findWaits(due, await readPending(tx, due), claim)
      const free = due.filter((request) => !waits.has(request.id))
      return { statements: [...waiting(waits), ...claiming(free, claim)], answer: free }
    },
  })
}

type Row = Omit<WebhookRequest, 'signatures'> & { readonly signatures: unknown }

const lockingDue = ({ webhookId, limit }: Wanted, { now }: WebhookClaim): Statement => [
  `SELECT ${COLUMNS} FROM webhook_requests WHERE state = 'ready' AND webhook_id = ? AND due_at <= ?
   ORDER BY due_at LIMIT ? FOR UPDATE SKIP LOCKED`,
  [webhookId, now, limit],
]

const waiting = (waits: ReadonlyMap<number, Date>): Statement[] =>
  [...waits].map(([id, until]) => ['UPDATE webhook_requests SET due_at = ? WHERE id = ?', [until, id]])

const claiming = (free: readonly WebhookRequest[], { lease }: WebhookClaim): Statement[] =>
  free.length === 0
    ? []
    : [["UPDATE webhook_requests SET state = 'claimed', claimed_by = ? WHERE id IN (?)", [lease, free.map((request) => request.id)]]]

/** MariaDB keeps JSON as text. */
const parsed = (row: Row): WebhookRequest => ({
  ...row,
  signatures: typeof row.signatures === 'string' ? JSON.parse(row.signatures) : row.signatures,
})

type Pending = Pick<WebhookRequest, 'id' | 'webhookId' | 'messageId' | 'sequence' | 'attempts' | 'dueAt'> & {
  readonly claimedBy: number | null
}

/** Only what is not the first of its message can have something before it. */
async function readPending(tx: Transaction, due: readonly WebhookRequest[]): Promise<Pending[]> {
  const later = due.filter((request) => request.sequence > 1)
  if (later.length === 0) return []
  const rows = await select<Pending>(
    tx,
    `SELECT id, webhook_id AS webhookId, message_id AS messageId, sequence, attempts, due_at AS dueAt, claimed_by AS claimedBy
     FROM webhook_requests WHERE message_id IN (?) AND webhook_id IN (?) AND state IN ('ready', 'claimed')`,
    [[...new Set(later.map((request) => request.messageId))], [...new Set(later.map((request) => request.webhookId))]],
  )
  return rows.filter((row) => holdsBack(row.attempts))
}

/** By the ids of those that must wait: until when. */
function findWaits(due: readonly WebhookRequest[], pending: readonly Pending[], { lease, now, holds }: WebhookClaim): Map<number, Date> {
  const waits = new Map<number, Date>()
  const taken = new Set(due.map((request) => request.id))
  const lines = Map.groupBy(pending, (row) => `${row.webhookId} ${row.messageId}`)
  const behindOthers = new Date(now.getTime() + BEHIND_OTHERS_MS)
  const waitFor = (row: Pending): Date | undefined => {
    if (taken.has(row.id)) return waits.get(row.id)
    if (row.claimedBy === lease && holds(row.webhookId, row.messageId ?? 0)) return undefined
    return row.claimedBy === null && row.dueAt > now ? row.dueAt : behindOthers
  }
  for (const request of due) {
    const before = (lines.get(`${request.webhookId} ${request.messageId}`) ?? []).filter((row) => row.sequence < request.sequence)
    const until = before.map(waitFor).find((at) => at !== undefined)
    if (until) waits.set(request.id, until)
  }
  return waits
}

/** Hands requests back untouched, as at shutdown or when their webhook's circuit has opened. */
export async function releaseWebhookRequests(db: Database, lease: number, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await db.$client.query(
    "UPDATE webhook_requests SET state = 'ready', claimed_by = NULL WHERE id IN (?) AND claimed_by = ? AND state = 'claimed'",
    [ids, lease],
  )
}

/** Takes back the requests of leases that are not alive. @returns how many came back. */
export async function recoverWebhookRequests(db: Database): Promise<number> {
  const rows = await select<{ lease: number }>(
    db.$client,
    'SELECT DISTINCT claimed_by AS lease FROM webhook_requests WHERE claimed_by IS NOT NULL',
  )
  const live = new Set(await liveLeases(db)) // read after the claims: whoever holds one had its lease before
  const dead = rows.map((row) => row.lease).filter((lease) => !live.has(lease))
  if (dead.length === 0) return 0
  const [result] = await db.$client.query("UPDATE webhook_requests SET state = 'ready', claimed_by = NULL WHERE claimed_by IN (?)", [dead])
  return 'affectedRows' in result ? result.affectedRows : 0
}

/** What the database thinks a lease holds: more than its process knows of when the answer to a claim was lost. */
export async function claimedWebhookRequests(db: Database, lease: number): Promise<number[]> {
  const rows = await select<{ id: number }>(db.$client, 'SELECT id FROM webhook_requests WHERE claimed_by = ?', [lease])
  return rows.map((row) => row.id)
}
