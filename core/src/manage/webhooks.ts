/** Verbs for webhooks, the addresses of customers that are told about events. */
import { sealContext } from '../domain/seals.ts'
import { newUuid } from '../domain/uuid.ts'
import { isWebhookEvent, WEBHOOK_EVENTS } from '../domain/webhook-events.ts'
import { change, type Queries } from '../store/change.ts'
import type { MailServer } from '../store/mail-servers.ts'
import {
  deleteWebhook,
  findWebhook,
  insertWebhook,
  type StoredWebhook,
  updateWebhook,
  type Webhook,
  type WebhookChange,
} from '../store/webhooks.ts'
import { requireMailServer, requireOwned } from './access.ts'
import { changedFields, given, type Manage, record } from './context.ts'
import { invalid, textField } from './fields.ts'
import { newSigningSecret, unsealSigningSecret } from './signing-secrets.ts'

type Settings = {
  readonly name?: string
  readonly url?: string
  readonly enabled?: boolean
  /** Postal's ten; the newer ones come only by name. */
  readonly allEvents?: boolean
  /** Names as receivers know them, such as `MessageSent`. */
  readonly events?: readonly string[]
  /** Receivers written for Postal check these; each costs two RSA signatures. Without, only the secret signs. */
  readonly postalSignatures?: boolean
}

export type NewWebhookInput = Settings & { readonly mailServerId: number; readonly name: string; readonly url: string }
/** The secret is shown when it is made. */
export type WebhookWithSecret = { readonly webhook: Webhook; readonly secret: string }

/** Its circuit. */
const CLOSED = { failuresInARow: 0, openUntil: null, pausedAt: null }

/** All events unless some are named. @throws AppError `mail_server.not_found`, `auth.forbidden`, `input.invalid` */
export async function createWebhook(manage: Manage, input: NewWebhookInput): Promise<WebhookWithSecret> {
  const mailServer = await requireMailServer(manage, input.mailServerId, 'member')
  const events = eventsField(input.events ?? [])
  const allEvents = input.allEvents ?? events.length === 0
  requireSomeEvent({ allEvents, events })
  const webhook: Webhook = {
    id: manage.newId(),
    mailServerId: mailServer.id,
    uuid: newUuid(manage.randomBytes),
    name: textField('name', input.name),
    url: urlField(input.url),
    allEvents,
    events,
    enabled: input.enabled ?? true,
    postalSignatures: input.postalSignatures ?? true,
    ...CLOSED,
    secrets: 1,
    ownerToldAt: null,
    lastUsedAt: null,
    createdAt: manage.clock(),
  }
  const { secret, secretSealed } = newSigningSecret(manage, sealContext.webhookSecret(webhook.id))
  await change(manage.db, async (tx) => {
    await insertWebhook(tx, { ...webhook, secretSealed })
    await note(tx, manage, mailServer, 'created', webhook.id, { name: webhook.name, url: withoutQuery(webhook.url) })
  })
  return { webhook, secret }
}

/** Queries often carry passwords. */
export const withoutQuery = (url: string): string => url.replace(/\?.*$/s, '?…')

const URL_LENGTH_MAX = 2000

/** Where it leads is looked at on each delivery, because names change their addresses. */
function urlField(value: string): string {
  const url = URL.parse(value.trim())
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw invalid('url', 'url must begin with https:// or http:// and a host.')
  if (url.username || url.password) throw invalid('url', 'url must not hold a user name or password; requests are signed.')
  if (url.href.length > URL_LENGTH_MAX) throw invalid('url', `url must have at most ${URL_LENGTH_MAX} characters.`)
  return url.href
}

function eventsField(names: readonly string[]): string[] {
  const unknown = names.find((name) => !isWebhookEvent(name))
  if (unknown !== undefined) throw invalid('events', `events must not hold ${unknown}; known are ${WEBHOOK_EVENTS.join(', ')}.`)
  return [...new Set(names)]
}

function requireSomeEvent({ allEvents, events }: { allEvents: boolean; events: readonly string[] }): void {
  if (!allEvents && events.length === 0) throw invalid('events', 'events must name at least one event when allEvents is false.')
}

/** Enabling it, or giving it another address, closes its circuit. @throws AppError `webhook.not_found`, `auth.forbidden`, `input.invalid` */
export async function updateWebhookSettings(manage: Manage, { id, ...input }: Settings & { readonly id: number }): Promise<Webhook> {
  const owned = await requireWebhook(manage, id)
  const changes = given({
    name: input.name === undefined ? undefined : textField('name', input.name),
    url: input.url === undefined ? undefined : urlField(input.url),
    enabled: input.enabled,
    allEvents: input.allEvents,
    events: input.events === undefined ? undefined : eventsField(input.events),
    postalSignatures: input.postalSignatures,
  })
  requireSomeEvent({ ...owned.row, ...changes })
  const closed = changes.enabled || changes.url !== undefined ? CLOSED : {}
  return apply(manage, owned, 'updated', { ...changes, ...closed }, { changed: changedFields(changes) })
}

/** Both secrets sign until `finishWebhookRotation`. @throws AppError `webhook.not_found`, `auth.forbidden` */
export async function rotateWebhookSecret(manage: Manage, { id }: { id: number }): Promise<WebhookWithSecret> {
  const owned = await requireWebhook(manage, id)
  const { secret, secretSealed } = newSigningSecret(manage, sealContext.webhookSecret(id))
  const webhook = await apply(manage, owned, 'secret_rotated', { secretSealed, previousSecretSealed: owned.row.secretSealed }, {})
  return { webhook, secret }
}

/** The former secret signs no more. */
export async function finishWebhookRotation(manage: Manage, { id }: { id: number }): Promise<Webhook> {
  return apply(manage, await requireWebhook(manage, id), 'secret_retired', { previousSecretSealed: null }, {})
}

/** Shows the secret once more. @throws AppError `webhook.not_found`, `auth.forbidden` */
export async function revealWebhookSecret(manage: Manage, { id }: { id: number }): Promise<string> {
  const owned = await requireWebhook(manage, id)
  await apply(manage, owned, 'secret_revealed', {}, {})
  return unsealSigningSecret(manage.vault, owned.row.secretSealed, sealContext.webhookSecret(id))
}

/** What was on its way to it is dropped. @throws AppError `webhook.not_found`, `auth.forbidden` */
export async function removeWebhook(manage: Manage, { id }: { id: number }): Promise<void> {
  const { row, mailServer } = await requireWebhook(manage, id)
  await change(manage.db, async (tx) => {
    await deleteWebhook(tx, id)
    await note(tx, manage, mailServer, 'deleted', id, { name: row.name })
  })
}

type Owned = { readonly row: StoredWebhook; readonly mailServer: MailServer }

const requireWebhook = async (manage: Manage, id: number): Promise<Owned> =>
  requireOwned(manage, 'webhook', await findWebhook(manage.db, id), 'member')

async function apply(manage: Manage, { row, mailServer }: Owned, verb: string, changes: WebhookChange, details: Details): Promise<Webhook> {
  await change(manage.db, async (tx) => {
    await updateWebhook(tx, row.id, changes)
    await note(tx, manage, mailServer, verb, row.id, details)
  })
  const { secretSealed: _secret, previousSecretSealed, ...webhook } = { ...row, ...changes }
  return { ...webhook, secrets: previousSecretSealed ? 2 : 1 }
}

type Details = Readonly<{ [name: string]: unknown }>

const note = (tx: Queries, manage: Manage, { organizationId }: MailServer, verb: string, id: number, details: Details) =>
  record(tx, manage, { action: `webhook.${verb}`, subjectId: id, organizationId, details })
