/** Accepts mail: when `accept` resolves, the raw mail, its messages and their queue entries are on disk (docs/decisions D4). */
import { domainOf, recipientKey } from '../domain/address.ts'
import { Batcher } from '../domain/batcher.ts'
import { AppError } from '../domain/errors.ts'
import { type NewId, NODES_MAX } from '../domain/ids.ts'
import type { EndpointType, Scope } from '../domain/message.ts'
import { messageToken, type RandomBytes } from '../domain/token.ts'
import { type Accepted, insertAccepted } from '../store/acceptances.ts'
import type { Database } from '../store/database.ts'
import { isAway, isDuplicate } from '../store/faults.ts'
import { existingRawMails } from '../store/raw-mails.ts'
import { readFacts } from './facts.ts'
import type { Receipt } from './receipt.ts'
import { findRepeat, type Idempotency, toAnswer } from './repeats.ts'

export type { Receipt } from './receipt.ts'

/** One SMTP transaction or API call: one raw mail to any number of recipients. */
export type Acceptance = {
  readonly mailServerId: number
  /** The whole mail with CRLF line ends, trace header included. */
  readonly raw: Buffer
  readonly receivedWithTls: boolean
  readonly credentialId: number | null
  readonly recipients: readonly Recipient[]
  /** Overrides the tag header. */
  readonly tag?: string | null
  readonly idempotency?: Idempotency
}

export type Recipient = {
  readonly scope: Scope
  readonly rcptTo: string
  /** Empty for the null sender. */
  readonly mailFrom: string
  /** The authorised sending domain, or the route's. */
  readonly domainId: number | null
  readonly routeId?: number | null
  readonly endpointType?: EndpointType | null
  readonly endpointId?: number | null
  readonly bounce?: boolean
  readonly bounceForId?: number | null
  readonly manual?: boolean
}

export type IntakeOptions = {
  readonly db: Database
  readonly node: number
  readonly newId: NewId
  readonly clock: () => Date
  readonly randomBytes: RandomBytes
}

const BATCHES_AT_ONCE = 2
const BATCH_ITEMS_MAX = 200
const BATCH_BYTES_MAX = 32 * 1024 * 1024

export type Intake = {
  /**
   * A repeat by idempotency key gets the first receipt.
   * @throws AppError `store.unavailable` when the database is away: nothing was stored, the sender may try again; `idempotency.conflict`
   */
  readonly accept: (acceptance: Acceptance) => Promise<Receipt>
  /** The same for mail that concerns several mail servers: all of it is on disk, or none. Answers in order. */
  readonly acceptTogether: (acceptances: readonly Acceptance[]) => Promise<readonly Receipt[]>
  /** Resolves when all that was being accepted is decided. */
  readonly idle: () => Promise<void>
}

export function createIntake(options: IntakeOptions): Intake {
  let batches = 0
  const batcher = new Batcher<readonly Accepted[], void>({
    write: async (batch) => {
      batches += 1
      // Batches that run at the same time count into rows of their own, or one would wait for the other's commit.
      const shard = options.node + (batches % BATCHES_AT_ONCE) * NODES_MAX
      await commit(options.db, shard, batch.flat())
      return batch.map(() => undefined)
    },
    itemsMax: BATCH_ITEMS_MAX,
    weightMax: BATCH_BYTES_MAX,
    weigh: (together) => together.reduce((bytes, { rawMail }) => bytes + rawMail.data.length, 0),
    concurrency: BATCHES_AT_ONCE, // the next batch is sent to the database while this one is being flushed to disk
    isShared: isAway,
  })
  const acceptTogether = (acceptances: readonly Acceptance[]): Promise<Receipt[]> =>
    acceptAll(options, batcher, acceptances).catch((fault: unknown) => {
      throw isAway(fault) ? new AppError('store.unavailable', 'Mail cannot be stored at present.', { cause: fault }) : fault
    })
  return {
    accept: async (acceptance) => {
      const [receipt] = await acceptTogether([acceptance])
      return receipt as Receipt // one for each
    },
    acceptTogether,
    idle: () => batcher.idle(),
  }
}

type Acceptances = Batcher<readonly Accepted[], void>

/** A repeat may also arrive while the first is being stored: it then fails as a duplicate, once the first is there. */
async function acceptAll(options: IntakeOptions, batcher: Acceptances, acceptances: readonly Acceptance[]): Promise<Receipt[]> {
  const before = acceptances.every(({ idempotency }) => idempotency) ? await findRepeats(options, acceptances) : undefined
  if (before) return before
  const accepted = acceptances.map((acceptance) => toRows(options, acceptance))
  try {
    await batcher.add(accepted)
    return accepted.map(toReceipt)
  } catch (fault) {
    const meanwhile = isDuplicate(fault) ? await findRepeats(options, acceptances) : undefined
    if (meanwhile) return meanwhile
    throw fault
  }
}

/** Undefined unless all were accepted before: they were written together, and so are found together. */
async function findRepeats({ db, clock }: IntakeOptions, acceptances: readonly Acceptance[]): Promise<Receipt[] | undefined> {
  const receipts: Receipt[] = []
  for (const { mailServerId, idempotency } of acceptances) {
    const receipt = idempotency && (await findRepeat(db, mailServerId, idempotency, clock()))
    if (!receipt) return undefined
    receipts.push(receipt)
  }
  return receipts
}

/** When the answer to a commit is lost, looks whether it happened: what is there was accepted. */
async function commit(db: Database, shard: number, batch: readonly Accepted[]): Promise<void> {
  try {
    await insertAccepted(db, shard, batch)
  } catch (fault) {
    if (!isAway(fault)) throw fault
    const there = await existingRawMails(
      db,
      batch.map((accepted) => accepted.rawMail.id),
    ).catch(() => new Set<number>())
    if (there.size < batch.length) throw fault
  }
}

function toRows({ newId, clock, randomBytes }: IntakeOptions, acceptance: Acceptance): Accepted {
  const { mailServerId, raw, receivedWithTls, credentialId, idempotency } = acceptance
  const now = clock()
  const facts = readFacts(raw, now)
  const rawMailId = newId()
  const messages = distinct(acceptance.recipients).map((recipient) => ({
    id: newId(),
    mailServerId,
    rawMailId,
    token: messageToken(randomBytes),
    scope: recipient.scope,
    rcptTo: recipient.rcptTo,
    mailFrom: recipient.mailFrom,
    subject: facts.subject,
    messageId: facts.messageId,
    size: raw.length,
    domainId: recipient.domainId,
    credentialId,
    routeId: recipient.routeId ?? null,
    endpointType: recipient.endpointType ?? null,
    endpointId: recipient.endpointId ?? null,
    bounce: recipient.bounce ?? false,
    bounceForId: recipient.bounceForId ?? null,
    tag: acceptance.tag ?? facts.tag,
    receivedWithTls,
    createdAt: now,
    manual: recipient.manual ?? false,
  }))
  const queueEntries = messages.map((message) => ({
    messageId: message.id,
    mailServerId,
    rawMailId,
    scope: message.scope,
    domain: domainOf(message.rcptTo),
    priority: facts.priority,
    dueAt: facts.notBefore ?? now,
    manual: message.manual,
    expiresAt: facts.expiresAt,
  }))
  const accepted = { rawMail: { id: rawMailId, mailServerId, data: raw }, messages, queueEntries }
  return idempotency ? { ...accepted, answer: toAnswer(mailServerId, idempotency, toReceipt(accepted), now) } : accepted
}

/** Duplicate recipients are one message; each endpoint of a route is one of its own. */
function distinct(recipients: readonly Recipient[]): Recipient[] {
  const seen = new Map<string, Recipient>()
  for (const recipient of recipients) {
    const key = [recipient.scope, recipientKey(recipient.rcptTo), recipient.endpointType ?? '', recipient.endpointId ?? ''].join(' ')
    if (!seen.has(key)) seen.set(key, recipient)
  }
  return [...seen.values()]
}

const toReceipt = (accepted: Pick<Accepted, 'rawMail' | 'messages'>): Receipt => ({
  rawMailId: accepted.rawMail.id,
  messageId: accepted.messages[0]?.messageId ?? null,
  messages: accepted.messages.map(({ id, token, rcptTo }) => ({ id, token, rcptTo })),
})
