/** Why a message or a site stands as it does, in plain words: one account for page, API and command line. */
import { domainOf } from '../domain/address.ts'
import { encryptionText } from '../domain/delivery.ts'
import { REPLY_CLASSES } from '../domain/smtp-reply-class.ts'
import {
  type Attempt,
  attemptsOf,
  entryOf,
  messageOf,
  type RecentAtSite,
  recentAtSite,
  type Unreached,
  unreachedFrom,
  type Waiting,
} from '../store/explanations.ts'
import { findInspection } from '../store/inspections.ts'
import { BY_HAND, listSiteLimits, type SiteLimit } from '../store/site-limits.ts'
import { siteHoursOf } from '../store/site-reports.ts'
import { FAILURES_MAX } from './couriers/away-pools.ts'
import { sharesLines } from './explain-shares.ts'
import { limitsForTenant, withoutLogin } from './explain-tenant.ts'
import { type Way, type Ways, wayInside, wayOf, waysTo } from './explain-way.ts'

export type Explaining = Ways & { readonly clock: () => Date }

export type Explanation = {
  /** What stands in the way, or that nothing does; the first says the most. */
  readonly lines: readonly string[]
  readonly attempts: readonly Attempt[]
  readonly limits: readonly SiteLimit[]
  /** Where its mail goes, or most of it; null when that could not be found. */
  readonly site: string | null
}

/** Undefined when there is no such message. A mail server that is named hears of its own messages, and nothing of others. */
export async function explainMessage(explaining: Explaining, id: number, mailServerId?: number): Promise<Explanation | undefined> {
  const { db } = explaining
  const message = await messageOf(db, id)
  if (!message || (mailServerId !== undefined && message.mailServerId !== mailServerId)) return undefined
  const place = { mailServerId: message.mailServerId, domain: domainOf(message.rcptTo) }
  const [entry, said, inspection, way] = await Promise.all([
    entryOf(db, id),
    attemptsOf(db, id),
    findInspection(db, message.mailServerId, id),
    message.scope === 'incoming' ? wayInside(explaining, message) : wayOf(explaining, place),
  ])
  const attempts = mailServerId === undefined ? said : said.map(withoutLogin)
  const limits = await limitsOf(explaining, way, mailServerId)
  return {
    site: way.site ?? null,
    lines: [
      `Message ${id} to ${message.rcptTo} is ${STATUS[message.status] ?? message.status}.`,
      ...(entry
        ? waitingLines(entry, explaining.clock())
        : ['It is not in the queue: nothing more will be done about it unless somebody asks for it.']),
      ...(inspection?.incomplete ? [NOT_INSPECTED] : []),
      ...lastLines(attempts.at(-1)),
      ...(entry ? [...linesOf(way, mailServerId), ...limits.map(limitLine)] : []),
    ],
    attempts,
    limits,
  }
}

const NOT_INSPECTED = 'It went on without a verdict on spam or viruses, because a scanner did not answer.'

async function limitsOf({ db, clock }: Explaining, { site }: Pick<Way, 'site'>, mailServerId?: number): Promise<SiteLimit[]> {
  const limits = site === undefined ? [] : await listSiteLimits(db, { now: clock(), site })
  return mailServerId === undefined ? limits : limitsForTenant(db, limits, { mailServerId, now: clock() })
}

/** How the installation hands its mail on is for operators. */
const linesOf = ({ lines, shared }: Way, mailServerId?: number): readonly string[] =>
  shared && mailServerId !== undefined ? ['It goes through a relay of this installation.'] : lines

/** Of a recipient domain, or of a site by its own name. Operators hear of all mail, a mail server that is named of its own. */
export async function explainSite(explaining: Explaining, domain: string, mailServerId?: number): Promise<Explanation> {
  const { db, clock } = explaining
  const [ways, recent, away] = await Promise.all([
    mailServerId === undefined ? waysTo(explaining, domain) : wayOf(explaining, { domain, mailServerId }).then((way) => [way]),
    recentAtSite(db, { domain, mailServerId, now: clock() }),
    unreachedFrom(db, { domain, mailServerId, now: clock() }, FAILURES_MAX),
  ])
  const limited = await Promise.all(
    ways.map(async (way) => {
      const limits = await limitsOf(explaining, { site: way.site ?? domain }, mailServerId)
      const shares = mailServerId === undefined ? await sharesLines(db, way, limits) : []
      return { lines: [...linesOf(way, mailServerId), ...limits.map(limitLine), ...shares], limits }
    }),
  )
  const limits = limited.flatMap((way) => way.limits)
  return {
    site: ways[0]?.site ?? null,
    lines: [
      ...limited.flatMap(({ lines }) => lines),
      ...away.map(awayLine),
      ...(away.length > 0 && mailServerId === undefined ? await aloneLine(explaining, ways[0]?.site) : []),
      `In the last ${lately(recent.since, clock())}: ${recent.sent} sent, ${recent.delayed} put off, ${recent.failed} failed. ${waitingLine(recent, clock())}`,
      ...recent.classes.map(({ name, count }) => `${count} times: ${meaning(name)}`),
    ],
    attempts: [],
    limits,
  }
}

const STATUS: Readonly<Record<string, string>> = {
  pending: 'waiting for its first attempt',
  sent: 'sent',
  soft_failed: 'put off after a temporary failure',
  hard_failed: 'failed for good',
  held: 'held for a person to decide',
  bounced: 'bounced after it had been sent',
  processed: 'processed',
  hold_cancelled: 'given up: its hold was cancelled',
  error: 'put off after a fault of ours',
}

function waitingLines(entry: Waiting, now: Date): string[] {
  const state =
    entry.state === 'ready'
      ? entry.dueAt > now
        ? `Its next attempt is due ${when(entry.dueAt, now)}.`
        : `It has been due since ${entry.dueAt.toISOString()} and waits for a worker.`
      : entry.state === 'sending'
        ? 'A worker is sending it now.'
        : 'A worker has it in hand: it waits for its turn at its site, or is being tried.'
  return [
    state,
    entry.attempts === 0 ? 'It has not been tried yet.' : `It has been tried ${entry.attempts === 1 ? 'once' : `${entry.attempts} times`}.`,
    ...(entry.manual ? ['A person released it: holds and the suppression list do not apply.'] : []),
    ...(entry.uncertain ? ['An earlier attempt ended without an answer, so the next may double it.'] : []),
    ...(entry.priority > 0 ? ['It is broadcast mail, which goes after transactional mail.'] : []),
    ...(entry.expiresAt ? [`It fails if it has not been sent by ${entry.expiresAt.toISOString()}.`] : []),
  ]
}

function lastLines(last: Attempt | undefined): string[] {
  if (!last) return []
  const host = last.host ? ` by ${last.host}` : ''
  const said = last.output ? [`The last answer${host} was: ${last.output}`] : []
  const encryption = encryptionText(last)
  const tls = encryption ? [`The connection was encrypted with ${encryption}.`] : []
  return [`Last: ${last.details}`, ...said, ...(last.replyClass ? [`That means: ${meaning(last.replyClass)}`] : []), ...tls]
}

export function meaning(name: string): string {
  const known = Object.entries(REPLY_CLASSES).find(([key]) => key === name)
  if (!known) return name
  const [, { says, about }] = known
  return about === 'us' ? `${says} This is about us, not about the recipient.` : says
}

export function limitLine({ kind, amount, ipPool, rule, reply, until, sourceIp }: SiteLimit): string {
  const what = {
    suspend: 'Nothing is sent there',
    rate: `At most ${amount} messages a minute are sent there`,
    connections: `At most ${amount} connections are made there`,
    move: `Mail for it leaves from ${ipPool === null ? 'another IP pool' : `the IP pool ${ipPool}`}`,
  }[kind]
  const from = sourceIp ? `${kind === 'move' ? ' instead of' : ' from'} ${sourceIp}` : ''
  const why = rule === BY_HAND ? 'set by hand' : `by the rule ${rule}`
  return `${what}${from} until ${until.toISOString()}, ${why}${reply === '' ? '.' : `, because of: ${reply}`}`
}

function awayLine({ sourceIp, times, since, said }: Unreached): string {
  const from = sourceIp ? ` from ${sourceIp}` : ''
  return `No connection to its hosts${from} came about in the last ${times} attempts, since ${since.toISOString()}: ${said}. One mail at a time asks again; the others are put off without asking.`
}

const HOUR_MS = 3_600_000

/** What keeps a domain away from its hosts is often its own doing, such as a policy or a host that is gone (decision 056). */
async function aloneLine({ db, clock }: Explaining, site: string | undefined): Promise<string[]> {
  const now = clock()
  const hours = site === undefined ? [] : await siteHoursOf(db, [site], { from: new Date(now.getTime() - HOUR_MS), until: now })
  const dead = hours.at(-1)?.dead
  if (dead === undefined) return []
  return [dead ? `That holds for all mail to ${site}.` : `Other mail to ${site} does not wait for that.`]
}

function waitingLine({ waiting, nextAt }: RecentAtSite, now: Date): string {
  const next = nextAt ? `, the next attempt is due ${nextAt > now ? when(nextAt, now) : 'now'}` : ''
  return `${waiting} ${waiting === 1 ? 'is' : 'are'} waiting in the queue${next}.`
}

function lately(since: Date, now: Date): string {
  const minutes = Math.max(1, Math.round((now.getTime() - since.getTime()) / 60_000))
  return minutes >= 60 ? 'hour' : `${minutes} min`
}

/** Both for people who wait and for those who compare with a log. */
function when(at: Date, now: Date): string {
  const minutes = Math.max(1, Math.round((at.getTime() - now.getTime()) / 60_000))
  return `in ${minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`} (${at.toISOString()})`
}

export type { Attempt }
