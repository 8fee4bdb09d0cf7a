/** What is needed to explain a message or a domain: its entry, its attempts, and what happened lately. */
import type { Encryption } from '../domain/delivery.ts'
import { firstIdAt } from '../domain/ids.ts'
import type { EndpointType, MessageStatus, Scope } from '../domain/message.ts'
import type { QueueState } from '../domain/queue-entry.ts'
import type { Database } from './database.ts'

export type Explained = {
  readonly id: number
  readonly mailServerId: number
  readonly scope: Scope
  readonly rcptTo: string
  readonly status: MessageStatus
  /** Where it goes when it has come in: its own endpoint, or else that of its route. */
  readonly endpointType: EndpointType | null
  readonly endpointId: number | null
}

export type Waiting = {
  readonly state: QueueState
  readonly dueAt: Date
  readonly attempts: number
  readonly manual: boolean
  readonly uncertain: boolean
  readonly priority: number
  readonly expiresAt: Date | null
}

export type Attempt = Encryption & {
  readonly id: number
  readonly status: string
  readonly details: string
  readonly output: string
  readonly host: string | null
  readonly sourceIp: string | null
  readonly replyClass: string | null
  readonly maybeDuplicate: boolean
  readonly ms: number | null
  readonly createdAt: Date
  /** What was said, when it was kept. */
  readonly transcript: string | null
}

async function read<T>(db: Database, sql: string, values: readonly unknown[]): Promise<T[]> {
  const [rows] = await db.$client.query(sql, [...values])
  return rows as unknown as T[] // as each statement below selects
}

export async function messageOf(db: Database, id: number): Promise<Explained | undefined> {
  const [row] = await read<Explained>(
    db,
    `SELECT m.id, m.mail_server_id AS mailServerId, m.scope, m.rcpt_to AS rcptTo, m.status,
       COALESCE(m.endpoint_type, r.endpoint_type) AS endpointType, COALESCE(m.endpoint_id, r.endpoint_id) AS endpointId
     FROM messages m LEFT JOIN routes r ON r.id = m.route_id WHERE m.id = ?`,
    [id],
  )
  return row
}

export async function entryOf(db: Database, id: number): Promise<Waiting | undefined> {
  const [row] = await read<Waiting>(
    db,
    'SELECT state, due_at AS dueAt, attempts, manual, uncertain, priority, expires_at AS expiresAt FROM queue_entries WHERE message_id = ?',
    [id],
  )
  return row && { ...row, manual: Boolean(row.manual), uncertain: Boolean(row.uncertain) }
}

const ATTEMPTS_MAX = 100

/** Oldest first. */
export async function attemptsOf(db: Database, id: number): Promise<Attempt[]> {
  const rows = await read<Attempt>(
    db,
    `SELECT d.id, d.status, d.details, d.output, d.host, d.source_ip AS sourceIp, d.tls_version AS tlsVersion, d.tls_cipher AS tlsCipher,
       d.tls_policy AS tlsPolicy, d.tls_resumed AS tlsResumed, d.reply_class AS replyClass, d.maybe_duplicate AS maybeDuplicate, d.ms, d.created_at AS createdAt, t.transcript
     FROM deliveries d LEFT JOIN delivery_transcripts t ON t.delivery_id = d.id WHERE d.message_id = ? ORDER BY d.id LIMIT ?`,
    [id, ATTEMPTS_MAX],
  )
  return rows.map((row) => ({
    ...row,
    tlsResumed: row.tlsResumed === null ? null : Boolean(row.tlsResumed),
    maybeDuplicate: Boolean(row.maybeDuplicate),
  }))
}

export type RecentAtSite = {
  /** Counted from then; an hour ago, or less when very much was sent. */
  readonly since: Date
  readonly sent: number
  readonly delayed: number
  readonly failed: number
  readonly waiting: number
  readonly nextAt: Date | null
  readonly classes: readonly { readonly name: string; readonly count: number }[]
}

const HOUR_MS = 3_600_000
const RECENT_MAX = 20_000

type Asked = {
  readonly domain: string
  /** Undefined for the mail of all. */
  readonly mailServerId: number | undefined
  readonly now: Date
}

/** Deliveries of the last hour to a domain; ids follow time, so that only that hour is read, and of a busy one only its end. */
export async function recentAtSite(db: Database, { domain, mailServerId, now }: Asked): Promise<RecentAtSite> {
  const [ofServer, server] = mailServerId === undefined ? ['', []] : [' AND mail_server_id = ?', [mailServerId]]
  const hourAgo = new Date(now.getTime() - HOUR_MS)
  const [earlier] = await read<{ id: number; since: Date }>(
    db,
    'SELECT id, created_at AS since FROM deliveries WHERE id >= ? ORDER BY id DESC LIMIT 1 OFFSET ?',
    [firstIdAt(hourAgo), RECENT_MAX],
  )
  const outcomes = await read<{ status: string; name: string | null; count: number }>(
    db,
    `SELECT d.status, d.reply_class AS name, COUNT(*) AS count FROM deliveries d JOIN messages m ON m.id = d.message_id
     WHERE d.id >= ? AND m.scope = 'outgoing' AND m.rcpt_to LIKE ?${ofServer.replace('mail', 'd.mail')} GROUP BY d.status, d.reply_class`,
    [earlier?.id ?? firstIdAt(hourAgo), `%@${domain.replaceAll(/[%_\\]/g, '\\$&')}`, ...server],
  )
  const [waiting] = await read<{ waiting: number; nextAt: Date | null }>(
    db,
    `SELECT COUNT(*) AS waiting, MIN(due_at) AS nextAt FROM queue_entries WHERE domain = ?${ofServer}`,
    [domain, ...server],
  )
  const of = (status: string) => outcomes.filter((row) => row.status === status).reduce((sum, row) => sum + row.count, 0)
  const classes = outcomes.flatMap(({ name, count }) => (name === null ? [] : [{ name, count }]))
  return {
    since: earlier?.since ?? hourAgo,
    sent: of('sent'),
    delayed: of('soft_failed'),
    failed: of('hard_failed'),
    waiting: waiting?.waiting ?? 0,
    nextAt: waiting?.nextAt ?? null,
    classes,
  }
}

/** From one of our addresses, or from whichever the system chose: attempts in a row, up to the last, in which no connection came about. */
export type Unreached = { readonly sourceIp: string | null; readonly times: number; readonly since: Date; readonly said: string }

type Reached = { readonly sourceIp: string | null; readonly unreached: number; readonly said: string; readonly at: Date }

const LOOKED_AT_MAX = 200

/** Where that was so often in a row that mail there is not tried any more but by probes. */
export async function unreachedFrom(db: Database, { domain, mailServerId, now }: Asked, timesMin: number): Promise<Unreached[]> {
  const [ofServer, server] = mailServerId === undefined ? ['', []] : [' AND d.mail_server_id = ?', [mailServerId]]
  // Who was connected with is noted whatever came of it; domains without hosts have no reply to class.
  const newestFirst = await read<Reached>(
    db,
    `SELECT d.source_ip AS sourceIp, d.status = 'soft_failed' AND d.host IS NULL AND d.reply_class IS NOT NULL AS unreached, d.output AS said,
       d.created_at AS at FROM deliveries d JOIN messages m ON m.id = d.message_id
     WHERE d.id >= ? AND d.ms IS NOT NULL AND m.scope = 'outgoing' AND m.rcpt_to LIKE ?${ofServer} ORDER BY d.id DESC LIMIT ?`,
    [firstIdAt(new Date(now.getTime() - HOUR_MS)), `%@${domain.replaceAll(/[%_\\]/g, '\\$&')}`, ...server, LOOKED_AT_MAX],
  )
  return [...Map.groupBy(newestFirst, ({ sourceIp }) => sourceIp)].flatMap(([sourceIp, attempts]) => {
    const reached = attempts.findIndex(({ unreached }) => !unreached)
    const run = reached < 0 ? attempts : attempts.slice(0, reached)
    const [newest, oldest] = [run[0], run.at(-1)]
    return newest && oldest && run.length >= timesMin ? [{ sourceIp, times: run.length, since: oldest.at, said: newest.said }] : []
  })
}
