/** Pages of messages found by a search. Pages go by key, so that a later one costs what the first does. */
import { and, asc, desc, eq, gt, gte, inArray, isNull, like, lt, or, type SQL, sql } from 'drizzle-orm'
import { firstIdAt } from '../domain/ids.ts'
import type { Message, Scope } from '../domain/message.ts'
import type { MessageSearch, TextMatch } from '../domain/message-search.ts'
import type { Database } from './database.ts'
import { messages } from './schema/mail.ts'

/** `next` follows that id in the order of the search, `previous` leads up to it. */
export type Cursor = { readonly direction: 'next' | 'previous'; readonly id: number }

export type MessagePage = {
  readonly messages: readonly Message[]
  /** Whether there are messages before and behind this page, in the order of the search. */
  readonly previous: boolean
  readonly next: boolean
}

export type SearchedPage = {
  readonly mailServerId: number
  /** Both when absent. */
  readonly scope?: Scope
  readonly search: MessageSearch
  readonly cursor?: Cursor
  readonly limit: number
}

/** In order of age, the newest first unless the search says otherwise. */
export async function searchMessages(db: Database, { cursor, limit, search, ...asked }: SearchedPage): Promise<MessagePage> {
  const backwards = cursor?.direction === 'previous'
  const ascending = search.oldestFirst !== backwards
  const hint = indexFor(search)
  const rows = await db
    .select()
    .from(messages, hint === undefined ? undefined : { forceIndex: hint })
    .where(and(...conditions({ ...asked, search }), cursor && (ascending ? gt(messages.id, cursor.id) : lt(messages.id, cursor.id))))
    .orderBy(ascending ? asc(messages.id) : desc(messages.id))
    .limit(limit + 1) // one more tells whether there is another page
  const page = rows.slice(0, limit)
  const more = rows.length > limit
  return backwards
    ? { messages: page.toReversed(), previous: more, next: true }
    : { messages: page, previous: cursor !== undefined, next: more }
}

/**
 * Left alone, the optimizer reads newer rows one by one to step over them, or other mail servers' rows: then later pages and small mail
 * servers are slow. Undefined where it knows better.
 */
function indexFor({ rcptTo, status, token, id }: MessageSearch): string | undefined {
  if (id.length > 0 || token.length > 0) return undefined
  if (rcptTo.length > 0) return rcptTo.length === 1 && rcptTo[0]?.how === 'equals' ? 'messages_rcpt_to' : undefined
  return status.length === 1 ? 'messages_status' : 'messages_mail_server'
}

function conditions({ mailServerId, scope, search }: Pick<SearchedPage, 'mailServerId' | 'scope' | 'search'>): (SQL | undefined)[] {
  return [
    eq(messages.mailServerId, mailServerId),
    scope && eq(messages.scope, scope),
    search.status.length > 0 ? inArray(messages.status, [...search.status]) : undefined,
    anyOf(messages.rcptTo, search.rcptTo),
    anyOf(messages.mailFrom, search.mailFrom),
    anyOf(messages.subject, search.subject),
    anyOf(messages.tag, search.tag),
    search.messageId.length > 0 ? inArray(messages.messageId, [...search.messageId]) : undefined,
    search.token.length > 0 ? inArray(messages.token, [...search.token]) : undefined,
    search.id.length > 0 ? inArray(messages.id, [...search.id]) : undefined,
    search.kind.length > 0 ? ofKind(search.kind) : undefined,
    // Ids follow time, and their index is the one that pages go by
    search.before && lt(messages.id, firstIdAt(search.before)),
    search.after && gte(messages.id, firstIdAt(search.after)),
  ]
}

/** Known for as long as what was found out about mail is kept. The mark on the message spares looking up ordinary mail. */
const ofKind = (kinds: SearchedPage['search']['kind']): SQL | undefined =>
  and(
    eq(messages.bounce, true),
    sql`exists (select 1 from message_inspections i where i.message_id = ${messages.id} and json_value(i.report, '$.kind') in ${[...kinds]})`,
  )

type TextColumn = typeof messages.rcptTo | typeof messages.mailFrom | typeof messages.subject | typeof messages.tag

const anyOf = (column: TextColumn, matches: readonly TextMatch[]): SQL | undefined => or(...matches.map((match) => matching(column, match)))

function matching(column: TextColumn, match: TextMatch): SQL | undefined {
  if (match.how === 'blank') return or(isNull(column), eq(column, ''))
  if (match.how === 'equals') return eq(column, match.text)
  const text = literal(match.text)
  if (match.how === 'starts') return like(column, `${text}%`)
  return like(column, match.how === 'ends' ? `%${text}` : `%${text}%`)
}

/** What people type is no pattern. */
const literal = (text: string): string => text.replace(/[\\%_]/g, '\\$&')

/** Held messages of both directions; counts to a limit, so that it costs the same however many there are. */
export async function countHeld(db: Database, mailServerId: number, max: number): Promise<number> {
  const held = db
    .select({ one: sql`1` })
    .from(messages)
    .where(and(eq(messages.mailServerId, mailServerId), eq(messages.status, 'held')))
    .limit(max)
    .as('held')
  const [row] = await db.select({ count: sql<number>`count(*)` }).from(held)
  return Number(row?.count ?? 0)
}
