/** Works on claimed entries: load, check, carry, record. Every entry ends in the ledger or goes back to the queue. */
import { setTimeout as wait } from 'node:timers/promises'
import { domainOf, normaliseAddress } from '../domain/address.ts'
import type { NewId } from '../domain/ids.ts'
import { nextStep } from '../domain/retry.ts'
import { endsBySuccess, suppressedUntil } from '../domain/suppression.ts'
import { type RandomBytes, traceToken } from '../domain/token.ts'
import type { SmtpMessage } from '../net/smtp-session.ts'
import type { MailLog } from '../observe/mail-log.ts'
import { isAway } from '../store/faults.ts'
import { type QueueEntry, removeEntries } from '../store/queue.ts'
import type { Result } from '../store/results.ts'
import { inTransaction } from '../store/transaction.ts'
import type { Later } from './couriers/site.ts'
import type { SmtpCourier } from './couriers/smtp.ts'
import type { Incoming } from './incoming.ts'
import type { Decision, DeliveryRules, Job } from './job.ts'
import { sparing } from './last-replies.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { type Loading, loadJobs } from './load.ts'
import { logResult } from './log-result.ts'
import { checkCounted, checkOutgoing, judgeAttempt } from './outgoing.ts'
import type { OutgoingInspection } from './outgoing-inspection.ts'
import type { Rendering } from './rendering.ts'
import type { Routing } from './routing.ts'
import type { SendLimit } from './send-limit.ts'

export type DeliveryOptions = Loading & {
  readonly holder: { readonly node: number; readonly lease: number }
  readonly newId: NewId
  readonly random: () => number
  readonly randomBytes: RandomBytes
  readonly rules: DeliveryRules
  readonly rendering: Rendering
  readonly courier: SmtpCourier
  /** Has steps of its own. */
  readonly incoming: Incoming
  /** Of mail servers that ask for it. */
  readonly inspection: OutgoingInspection
  /** Holds a message, lets it wait, or counts it. */
  readonly sendLimit: SendLimit
  /** Which of our addresses it leaves from, and through which relays. */
  readonly routing: Routing
  readonly log: MailLog
  readonly onResult?: (result: Result) => void
  readonly onFault: (fault: unknown, entry: QueueEntry) => void
}

export type Delivery = AsyncDisposable & {
  /** One promise an entry, which resolves when it is settled or given back, and never rejects. */
  readonly handle: (entries: readonly QueueEntry[]) => readonly Promise<void>[]
}

export function createDelivery(options: DeliveryOptions): Delivery {
  const { db, holder } = options
  const ledger = createLedger({ db, holder, wait: (ms) => wait(ms) })
  const line: Line = { ...options, ledger, past: new Set() }
  return {
    handle: (entries) => {
      if (entries.length === 0) return []
      const turnedAway = entries.map((entry) => options.courier.turnAway(entry))
      const jobs = loadJobs(
        options,
        entries.filter((_, n) => !turnedAway[n]),
      )
      return entries.map((entry, n) => settle(line, entry, turnedAway[n] ?? jobs.then((loaded) => loaded.get(entry.messageId))))
    },
    [Symbol.asyncDispose]: () => ledger[Symbol.asyncDispose](),
  }
}

type Line = DeliveryOptions & {
  readonly ledger: Ledger
  /** Messages of which the final dot may have been sent, while they are worked on. */
  readonly past: Set<number>
}

/** A fault of ours is recorded and tried again like a delay; while the database is away nothing can be, and the entry is given back. */
async function settle(line: Line, entry: QueueEntry, loading: Later | Promise<Job | undefined>): Promise<void> {
  try {
    const job = await loading
    if (job && 'at' in job) await giveBack(line, entry, job)
    else if (job) await work(line, job)
    else await releaseOrphan(line, entry)
  } catch (fault) {
    if (fault instanceof ClaimLost) return
    line.onFault(fault, entry)
    await recover(line, entry, fault).catch((second: unknown) => line.onFault(second, entry))
  } finally {
    line.past.delete(entry.messageId)
  }
}

async function work(line: Line, job: Job): Promise<void> {
  const outcome =
    job.message.scope === 'incoming' ? await line.incoming(job, () => sendingMark(line, job.message.id)()) : await outgoing(line, job)
  if ('at' in outcome) await giveBack(line, job.entry, outcome)
  else await record(line, job, outcome)
}

const giveBack = ({ ledger }: Line, entry: QueueEntry, { at }: Pick<Later, 'at'>): Promise<boolean> =>
  ledger.giveBack({ messageId: entry.messageId, dueAt: inTime(entry, at) })

/** Whoever waits for a message that expires is told so then, not at an attempt that was to come later. */
const inTime = ({ expiresAt }: QueueEntry, at: Date): Date => (expiresAt && expiresAt < at ? expiresAt : at)

async function outgoing(line: Line, job: Job): Promise<Decision | Later> {
  const found = checkOutgoing(job, line.rules)
  return found ? sparing(line.db, job.message, found) : line.inspection(job, () => inspected(line, job))
}

async function inspected(line: Line, job: Job): Promise<Decision | Later> {
  return (await line.sendLimit(job)) ?? checkCounted(job, line.rules) ?? attempt(line, job)
}

async function record(line: Line, { entry, message, suppressedFor }: Job, decision: Decision): Promise<void> {
  const result = toResult(line, { entry, decision, rcptTo: message.rcptTo, suppressedFor })
  if (!(await line.ledger.record(result))) return
  logResult(line.log, message, result)
  line.onResult?.(result)
}

/** The message was deleted while its entry waited. */
const releaseOrphan = ({ db }: Line, entry: QueueEntry): Promise<void> => inTransaction(db, (tx) => removeEntries(tx, [entry.messageId]))

async function recover(line: Line, entry: QueueEntry, fault: unknown): Promise<void> {
  const { clock, random } = line
  if (isAway(fault)) return void (await line.ledger.giveBack({ messageId: entry.messageId, dueAt: clock() }))
  const step = nextStep({ kind: 'soft_fail' }, entry, { now: clock(), random: random() }, Number.POSITIVE_INFINITY)
  const retryAt = step.kind === 'retry' ? step.at : clock()
  const details = 'An internal error occurred while sending this message. This message will be retried automatically.'
  // What could not be recorded may have arrived.
  const uncertain = entry.uncertain || line.past.has(entry.messageId)
  const decision: Decision = { status: 'error', details, output: fault instanceof Error ? fault.name : 'Error', retryAt, uncertain }
  await line.ledger.record(toResult(line, { entry, decision, rcptTo: '' }))
}

/** Another worker has taken the entry over: nothing of ours may be sent or recorded. */
class ClaimLost extends Error {}

async function attempt(line: Line, job: Job): Promise<Decision | Later> {
  const { message, mail, domain, mailServer } = job
  if (!mail || !domain || !mailServer) throw new Error('a message without mail, domain or mail server passed the checks')
  const started = line.clock()
  const render = async (): Promise<SmtpMessage> => {
    const beforeFinalDot = sendingMark(line, message.id) // on its way to disk while we render
    const { mailFrom, data } = await line.rendering(message, await mail(), domain, mailServer.token)
    return { mailFrom, rcptTo: message.rcptTo, data, beforeFinalDot }
  }
  const { mailServerId, rcptTo } = message
  const { source, relays } = await line.routing(job)
  const carried = await line.courier.carry({
    mailServerId,
    scope: 'outgoing',
    priority: job.entry.priority,
    domain: domainOf(rcptTo),
    rcptTo,
    source,
    relays,
    message: render,
  })
  if (carried.kind === 'later') return carried
  const now = line.clock()
  const { outcome, trace } = carried
  const attempted = { outcome, trace, ms: now.getTime() - started.getTime(), logId: traceToken(line.randomBytes) }
  return judgeAttempt(job, attempted, { now, random: line.random() })
}

/** Asked once, however many hosts the message meets; started at once, so that it overlaps with MAIL and RCPT. */
function sendingMark({ ledger, past }: Line, messageId: number): () => Promise<void> {
  const mark = ledger.markSending(messageId)
  mark.catch(() => undefined) // whoever awaits it below learns of the fault
  return async () => {
    if (!(await mark)) throw new ClaimLost(`the claim of message ${messageId} was lost`)
    past.add(messageId)
  }
}

type Settled = {
  readonly entry: QueueEntry
  readonly decision: Decision
  readonly rcptTo: string
  readonly suppressedFor?: string | undefined
}

function toResult({ newId, clock, rules }: Line, { entry, decision, rcptTo, suppressedFor }: Settled): Result {
  const at = clock()
  const {
    status,
    output = '',
    sentWithTls = null,
    ms = null,
    logId = null,
    retryAt,
    uncertain = false,
    uncharged = false,
    suppress,
  } = decision
  const counted = entry.counted || decision.counts === true
  const { messageId, mailServerId } = entry
  const added = suppress ? (suppress.says ?? `Recipient added to suppression list (${suppress.reason})`) : ''
  // A person had it sent although the address was suppressed, and it was taken.
  const proven = status === 'sent' && suppressedFor !== undefined && endsBySuccess(suppressedFor)
  return {
    deliveryId: newId(),
    eventId: newId(),
    messageId,
    mailServerId,
    status,
    details: join(decision.details, proven ? 'Recipient removed from suppression list' : added),
    output,
    sentWithTls,
    logId,
    ms,
    at,
    holdExpiresAt: status === 'held' ? new Date(at.getTime() + rules.holdMaxMs) : null,
    postponement: retryAt
      ? { messageId, dueAt: inTime(entry, retryAt), attempts: entry.attempts + (uncharged ? 0 : 1), uncertain, counted }
      : null,
    maybeDuplicate: entry.uncertain,
    counts: counted && !entry.counted,
    ...(decision.trace ? { trace: decision.trace } : {}),
    ...(suppress ? { suppression: { ...suppressionOf(rcptTo, suppress.reason, at, rules), id: newId(), mailServerId } } : {}),
    ...(proven ? { unsuppressed: normaliseAddress(rcptTo) } : {}),
  }
}

/** As Postal appends: a full stop unless there is one, a space, the text. */
const join = (details: string, added: string): string =>
  added === '' ? details : `${/\.\)?$/.test(details) ? details : `${details}.`} ${added}`

const suppressionOf = (rcptTo: string, reason: string, at: Date, { suppressionMs }: DeliveryRules) => ({
  address: normaliseAddress(rcptTo),
  reason,
  source: 'delivery' as const,
  keepUntil: suppressedUntil(reason, 'delivery', at, suppressionMs),
  createdAt: at,
})
