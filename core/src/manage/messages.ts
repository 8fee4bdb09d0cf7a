/** Verbs for messages: release, redeliver, hold, cancel a hold, retry now, take out of the queue. One, many, or all that a filter finds. */
import { domainOf } from '../domain/address.ts'
import { AppError } from '../domain/errors.ts'
import { MESSAGE_MOVES, type MessageVerb, refuseVerb, type VerbRefusal } from '../domain/queue-entry.ts'
import { queriesOn, type Transaction } from '../store/database.ts'
import { findExpiredHolds, hastenEntries, lockMessages, queueAgain, type Standing, withdrawEntries } from '../store/message-moves.ts'
import { listMessages, type MessageFilter } from '../store/messages.ts'
import { existingRawMailsIn } from '../store/raw-mails.ts'
import { type Result, writeDecisions } from '../store/results.ts'
import { inTransaction } from '../store/transaction.ts'
import { requireMailServer } from './access.ts'
import { type Manage, record } from './context.ts'

export type MessagesInput = { readonly mailServerId: number; readonly ids: readonly number[] }
export type Refused = { readonly id: number; readonly why: VerbRefusal }
export type Moved = { readonly moved: readonly number[]; readonly refused: readonly Refused[] }

/** More would hold their locks for too long. */
const IDS_MAX = 500
/** What people do is counted beside what workers count; the node only keeps writers apart. */
const COUNTING_NODE = 0

/**
 * Does one thing to some messages: each that may be moved is, the others are named with the reason.
 * @param holdMs how long a hold lasts
 * @throws AppError `mail_server.not_found`, `auth.forbidden`, `input.too_large`
 */
export async function changeMessages(manage: Manage, verb: MessageVerb, input: MessagesInput, holdMs = HOLD_MS): Promise<Moved> {
  const { organizationId } = await requireMailServer(manage, input.mailServerId, 'member')
  const ids = [...new Set(input.ids)].sort((a, b) => a - b)
  if (ids.length > IDS_MAX) throw new AppError('input.too_large', `At most ${IDS_MAX} messages can be changed at a time.`, { field: 'ids' })
  return inTransaction(manage.db, async (tx) => {
    const moved = await move(tx, { manage, verb, mailServerId: input.mailServerId, ids, holdMs })
    if (moved.moved.length > 0) {
      const only = moved.moved.length === 1 ? (moved.moved[0] ?? null) : null
      const details = { mailServerId: input.mailServerId, messages: moved.moved.slice(0, AUDITED_IDS_MAX), count: moved.moved.length }
      await record(queriesOn(tx), manage, { action: `message.${PAST[verb]}`, subjectId: only, organizationId, details })
    }
    return moved
  })
}

const HOLD_MS = 7 * 86_400_000
const AUDITED_IDS_MAX = 50

const PAST: Readonly<Record<MessageVerb, string>> = {
  release: 'released',
  redeliver: 'redelivered',
  hold: 'held',
  cancel_hold: 'hold_cancelled',
  retry_now: 'hastened',
  withdraw: 'withdrawn',
}

export type FilterInput = { readonly mailServerId: number; readonly filter: MessageFilter }

/**
 * The same for all messages that a filter finds, page by page; those that come in the meantime are left alone.
 * @throws AppError as `changeMessages`
 */
export async function changeFoundMessages(
  manage: Manage,
  verb: MessageVerb,
  { mailServerId, filter }: FilterInput,
): Promise<{ moved: number; refused: number }> {
  await requireMailServer(manage, mailServerId, 'member')
  const total = { moved: 0, refused: 0 }
  for (let before: number | undefined; ; ) {
    const page = await listMessages(manage.db, mailServerId, filter, { limit: IDS_MAX, ...(before === undefined ? {} : { before }) })
    if (page.length === 0) return total
    const { moved, refused } = await changeMessages(manage, verb, { mailServerId, ids: page.map((message) => message.id) })
    total.moved += moved.length
    total.refused += refused.length
    before = page.at(-1)?.id
  }
}

/** Gives up the holds of a mail server whose time is over. @returns how many */
export async function expireHolds(manage: Manage, { mailServerId }: { mailServerId: number }): Promise<number> {
  const ids = await findExpiredHolds(manage.db, { mailServerId, now: manage.clock(), limit: IDS_MAX })
  if (ids.length === 0) return 0
  return (await changeMessages(manage, 'cancel_hold', { mailServerId, ids })).moved.length
}

type Move = MessagesInput & { readonly manage: Manage; readonly verb: MessageVerb; readonly holdMs: number }

async function move(tx: Transaction, asked: Move): Promise<Moved> {
  const { verb, mailServerId, ids } = asked
  const standings = await lockMessages(tx, mailServerId, ids)
  const raws = MESSAGE_MOVES[verb].entry === 'queue' ? await rawsOf(tx, [...standings.values()]) : undefined
  const movable: Standing[] = []
  const refused: Refused[] = []
  for (const id of ids) {
    const standing = standings.get(id)
    const why = standing ? refuseVerb(verb, standing.status, standing.entry) : 'not_found'
    if (standing && !why && raws && !raws.has(standing.rawMailId)) refused.push({ id, why: 'raw_removed' })
    else if (standing && !why) movable.push(standing)
    else refused.push({ id, why: why ?? 'not_found' })
  }
  await make(tx, asked, movable)
  return { moved: movable.map(({ id }) => id), refused }
}

const rawsOf = (tx: Transaction, standings: readonly Standing[]): Promise<Set<number>> =>
  existingRawMailsIn(tx, [...new Set(standings.map((standing) => standing.rawMailId))])

async function make(tx: Transaction, { manage, verb, holdMs }: Move, standings: readonly Standing[]): Promise<void> {
  const ids = standings.map(({ id }) => id)
  const now = manage.clock()
  const { entry, to } = MESSAGE_MOVES[verb]
  const entries = standings.map((standing) => ({ ...standing, domain: domainOf(standing.rcptTo) }))
  if (entry === 'queue') await queueAgain(tx, entries, now)
  if (entry === 'withdraw') await withdrawEntries(tx, ids)
  if (entry === 'hasten') await hastenEntries(tx, ids, now)
  if (to === null) return
  const until = to === 'held' ? new Date(now.getTime() + holdMs) : null
  await writeDecisions(
    tx,
    COUNTING_NODE,
    standings.map((standing) => decision(manage, standing, { status: to, until, now })),
  )
}

const TEXTS = {
  held: 'The message has been held by hand.',
  hold_cancelled: 'The hold on this message has been removed without action.',
} as const

type Decided = { readonly status: keyof typeof TEXTS; readonly until: Date | null; readonly now: Date }

const decision = ({ newId }: Manage, { id, mailServerId }: Standing, { status, until, now }: Decided): Result => ({
  deliveryId: newId(),
  eventId: newId(),
  messageId: id,
  mailServerId,
  status,
  details: TEXTS[status],
  output: '',
  sentWithTls: null,
  logId: null,
  ms: null,
  at: now,
  holdExpiresAt: until,
  postponement: null,
})
