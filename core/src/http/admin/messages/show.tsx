/** The page of one message: its activity and its properties. */
import { explainMessage } from '../../../delivery/explain.ts'
import { withoutLogin } from '../../../delivery/explain-tenant.ts'
import { domainOf } from '../../../domain/address.ts'
import { AppError } from '../../../domain/errors.ts'
import type { Message } from '../../../domain/message.ts'
import { MESSAGE_VERBS, type MessageVerb, refuseVerb } from '../../../domain/queue-entry.ts'
import { isOperator } from '../../../manage/context.ts'
import { inspectMessage } from '../../../manage/inspect-message.ts'
import { eventsOfMessage } from '../../../store/events.ts'
import { type Attempt, attemptsOf } from '../../../store/explanations.ts'
import { deliveriesOf, findMessage } from '../../../store/messages.ts'
import { findQueueEntry, type QueuedEntry } from '../../../store/queue-views.ts'
import type { AdminContext, AdminDeps } from '../deps.ts'
import { explainingFor } from '../explaining.ts'
import { frameOf } from '../mail-servers/frame.tsx'
import { mailServerPlace, type Place } from '../place.ts'
import { send } from '../send.ts'
import { siteHref } from '../sites/words.ts'
import { viewOf } from '../ui/view.ts'
import { factsOf } from './facts-of.tsx'
import type { MessageHead } from './frame.tsx'
import { inWords } from './in-words.ts'
import type { Inspected } from './inspection.tsx'
import { MessagePage } from './show-page.tsx'
import { timelineOf } from './timeline.ts'

/** @throws AppError `message.not_found` also for what is no number */
export function messageId(c: AdminContext): number {
  const text = c.req.param('id') ?? ''
  if (!/^\d{1,16}$/.test(text)) throw new AppError('message.not_found', 'There is no such message.')
  return Number(text)
}

export async function showMessage(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const { db } = place.manage
  const { message, entry } = await findAt(place, messageId(c))
  const [deliveries, attempts, events, facts, inspected] = await Promise.all([
    deliveriesOf(db, message.mailServerId, message.id),
    attemptsOf(db, message.id),
    eventsOfMessage(db, message.id),
    factsOf(place, message),
    findInspected(place, deps, message),
  ])
  const view = viewOf(c, deps)
  const props = {
    ...{ view, server: frameOf(place), facts, inspected },
    message: headOf(place, message, { entry, timeZone: view.timeZone }),
    ...(entry && message.scope === 'outgoing' ? await explained(place, deps, message) : NOTHING_NEXT),
    timeline: timelineOf({ message, deliveries, attempts: shown(place, attempts), events, entry }),
    verbs: MESSAGE_VERBS.filter((verb) => refuseVerb(verb, message.status, entry?.state ?? 'gone') === undefined).filter(offered(message)),
  }
  return send(c, <MessagePage {...props} />)
}

/** Null for outgoing mail of mail servers that do not ask for it, and for what cannot be read now: the page is more than that. */
async function findInspected({ manage }: Place, { inspector }: AdminDeps, message: Message): Promise<Inspected | null> {
  const found = await inspectMessage(manage, inspector, message).catch(nullWhenRefused)
  return found && (message.scope === 'incoming' || found.scan) ? { ...found, scope: message.scope } : null
}

function nullWhenRefused(fault: unknown): null {
  if (fault instanceof AppError) return null
  throw fault
}

type Next = { readonly next: readonly string[]; readonly siteHref: string | null }

const NOTHING_NEXT: Next = { next: [], siteHref: null }

/** Only what waits to go out has a next step, and only then is DNS asked. */
async function explained({ manage, mailServer }: Place, deps: AdminDeps, { id, rcptTo }: Message): Promise<Next> {
  const operator = isOperator(manage.actor)
  const found = await explainMessage(explainingFor(manage, deps), id, operator ? undefined : mailServer.id)
  return {
    next: found?.lines.slice(1) ?? [], // the first line says the status, which the page shows already
    siteHref: operator ? siteHref(found?.site ?? domainOf(rcptTo)) : null,
  }
}

/** What is held is released, not delivered again; both would do the same. */
const offered =
  ({ status }: Message) =>
  (verb: MessageVerb): boolean =>
    !(status === 'held' && verb === 'redeliver')

type Found = { readonly message: Message; readonly entry: QueuedEntry | undefined }

async function findAt({ manage, mailServer }: Place, id: number): Promise<Found> {
  const [message, entry] = await Promise.all([findMessage(manage.db, mailServer.id, id), findQueueEntry(manage.db, mailServer.id, id)])
  if (!message) throw new AppError('message.not_found', 'There is no such message.')
  return { message, entry }
}

function headOf(
  { manage, path }: Place,
  message: Message,
  { entry, timeZone }: { entry: QueuedEntry | undefined; timeZone: string },
): MessageHead {
  return {
    id: message.id,
    href: `${path}/messages/${message.id}`,
    subject: message.subject,
    status: message.status,
    incoming: message.scope === 'incoming',
    rcptTo: message.rcptTo,
    mailFrom: message.mailFrom,
    createdAt: message.createdAt,
    inWords: inWords({ message, entry, timeZone, now: manage.clock() }),
  }
}

/** For the pages of the content, whose message is at hand already. */
export async function headAt(place: Place, message: Message, timeZone: string): Promise<MessageHead> {
  const entry = await findQueueEntry(place.manage.db, message.mailServerId, message.id)
  return headOf(place, message, { entry, timeZone })
}

/** How the installation logs in at a relay is for operators. */
const shown = ({ manage }: Place, attempts: readonly Attempt[]): readonly Attempt[] =>
  isOperator(manage.actor) ? attempts : attempts.map(withoutLogin)
