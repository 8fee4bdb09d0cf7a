/** What can be asked about a message in API v1, by the names and in the types that clients know. */
import { z } from 'zod'
import type { Message } from '../../../domain/message.ts'
import { isSpam } from '../../../domain/spam.ts'
import { type ParsedMail, parseMail } from '../../../mail/parse.ts'
import type { Database } from '../../../store/database.ts'
import { eventsOfMessage } from '../../../store/events.ts'
import { findMailServer } from '../../../store/mail-servers.ts'
import { findInspection } from '../../../store/messages.ts'
import { readRawMails } from '../../../store/raw-mails.ts'
import { STATUS_NAMES, textOrNull, unixSeconds, unixSecondsOrNull, wrappedBase64 } from './values.ts'

/** The stored bytes and what they hold; null once retention has removed them. */
export type Content = { readonly raw: Buffer; readonly parsed: () => ParsedMail } | null

export type About = { readonly message: Message; readonly content: Content | undefined; readonly db: Database }

type Expansion = (about: About) => unknown

const SUBJECT_MAX = 200

export const EXPANSIONS = {
  status: ({ message }) => ({
    status: STATUS_NAMES[message.status],
    last_delivery_attempt: unixSecondsOrNull(message.lastDeliveryAt),
    held: message.status === 'held',
    hold_expiry: message.status === 'held' ? unixSecondsOrNull(message.holdExpiresAt) : null,
  }),
  details: ({ message, content }) => ({
    rcpt_to: textOrNull(message.rcptTo),
    mail_from: textOrNull(message.mailFrom),
    subject: textOrNull(message.subject?.slice(0, SUBJECT_MAX) ?? null),
    message_id: textOrNull(message.messageId),
    timestamp: unixSeconds(message.createdAt),
    direction: message.scope,
    size: content ? String(message.size) : null,
    bounce: message.bounce,
    bounce_for_id: message.bounceForId ?? 0,
    tag: textOrNull(message.tag),
    received_with_ssl: message.receivedWithTls,
  }),
  inspection: inspect,
  plain_body: ({ content }) => content?.parsed().plainBody ?? null,
  html_body: ({ content }) => content?.parsed().htmlBody ?? null,
  attachments: ({ content }) =>
    (content?.parsed().attachments ?? []).map(({ filename, contentType, data, size, sha1 }) => ({
      filename,
      content_type: contentType,
      data: wrappedBase64(data),
      size,
      hash: sha1,
    })),
  headers: ({ content }) => Object.fromEntries(content?.parsed().headers ?? []),
  raw_message: ({ content }) => (content ? wrappedBase64(content.raw) : null),
  activity_entries: listActivity,
} satisfies Record<string, Expansion>

export type ExpansionName = keyof typeof EXPANSIONS

export const isExpansion = (name: unknown): name is ExpansionName => typeof name === 'string' && Object.hasOwn(EXPANSIONS, name)

/** `details` says by its size whether the content is still there. */
const OF_CONTENT: ReadonlySet<ExpansionName> = new Set(['details', 'plain_body', 'html_body', 'attachments', 'headers', 'raw_message'])

export const needsContent = (name: ExpansionName): boolean => OF_CONTENT.has(name)

/** Parsed once, and only when somebody looks inside. */
export async function loadContent(db: Database, { rawMailId }: Message): Promise<Content> {
  const raw = (await readRawMails(db, [rawMailId])).get(rawMailId)
  if (!raw) return null
  let parsed: ParsedMail | undefined
  return {
    raw,
    parsed: () => {
      parsed ??= parseMail(raw)
      return parsed
    },
  }
}

async function inspect({ db, message: { id, mailServerId, scope } }: About) {
  const { spamScore, threat } = await findInspection(db, mailServerId, id)
  const score = (spamScore ?? 0) / 100
  const mailServer = spamScore === null ? undefined : await findMailServer(db, { id: mailServerId })
  const thresholds = mailServer && { incoming: mailServer.spamThreshold, outgoing: mailServer.outboundSpamThreshold }
  return {
    inspected: spamScore !== null,
    spam: thresholds !== undefined && isSpam(scope, score, thresholds),
    spam_score: score,
    threat: threat !== null,
    threat_details: threat,
  }
}

const ACTIVITY_MAX = 10_000

async function listActivity({ db, message }: About) {
  const events = await eventsOfMessage(db, message.id, ACTIVITY_MAX)
  const visits = events.map(({ kind, at, data }) => ({ kind, at, ...visitIn(data) }))
  const who = ({ ipAddress, userAgent, at }: (typeof visits)[number]) => ({
    ip_address: ipAddress,
    user_agent: userAgent,
    timestamp: at.toISOString(),
  })
  return {
    loads: visits.filter(({ kind }) => kind === 'opened').map(who),
    clicks: visits.filter(({ kind }) => kind === 'clicked').map((visit) => ({ url: visit.url, ...who(visit) })),
  }
}

const Visit = z.object({
  ipAddress: z.string().catch(''),
  userAgent: z.string().nullable().catch(null),
  url: z.string().nullable().catch(null),
})

const visitIn = (data: unknown) => Visit.parse(data)
