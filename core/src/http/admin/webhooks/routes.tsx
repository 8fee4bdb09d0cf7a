/** Webhooks of a mail server: list, add, switch on and off, show the secret, remove. */
import { Hono } from 'hono'
import { notFound, requireMailServer } from '../../../manage/access.ts'
import { given } from '../../../manage/context.ts'
import {
  createWebhook,
  finishWebhookRotation,
  removeWebhook,
  revealWebhookSecret,
  rotateWebhookSecret,
  updateWebhookSettings,
} from '../../../manage/webhooks.ts'
import { findWebhookByUuid, listWebhooks, type Webhook } from '../../../store/webhooks.ts'
import { done, fieldOf, fieldsOf, mistakeOf } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { frameOf } from '../mail-servers/frame.tsx'
import { SECRET_REPLACED, SecretPage } from '../mail-servers/secret-page.tsx'
import { mailServerPlace, type Place } from '../place.ts'
import { send } from '../send.ts'
import type { Mistake } from '../ui/form.tsx'
import { viewOf } from '../ui/view.ts'
import type { WebhookFields } from './form.tsx'
import { type WebhookRow, WebhooksPage } from './list-page.tsx'

const LIST_MAX = 500

export function webhookRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>()
    .get('/webhooks', (c) => list(c, deps))
    .post('/webhooks', (c) => create(c, deps))
    .post('/webhooks/:uuid/settings', (c) => update(c, deps))
    .post('/webhooks/:uuid/secret', (c) => showSecret(c, deps))
    .post('/webhooks/:uuid/secret/replacement', (c) => replaceSecret(c, deps))
    .post('/webhooks/:uuid/secret/retirement', (c) => retireSecret(c, deps))
    .post('/webhooks/:uuid/removal', (c) => remove(c, deps))
}

async function list(c: AdminContext, deps: AdminDeps, refused?: { fields: WebhookFields; mistake: Mistake }): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const found = await listWebhooks(place.manage.db, { mailServerId: place.mailServer.id, limit: LIST_MAX })
  const server = frameOf(place)
  const rows = found.map((webhook) => toRow(webhook, place.path, server.writable))
  const page = <WebhooksPage view={viewOf(c, deps)} server={server} webhooks={rows} {...refused} />
  return send(c, page, refused ? 422 : 200)
}

/** Queries often carry passwords, which are not for readers. */
const toRow = (webhook: Webhook, path: string, writable: boolean): WebhookRow => ({
  href: `${path}/webhooks/${webhook.uuid}`,
  name: webhook.name,
  url: writable ? webhook.url : webhook.url.replace(/\?.*$/s, '?…'),
  enabled: webhook.enabled,
  events: webhook.allEvents ? 'all events' : webhook.events.join(', '),
  postalSignatures: webhook.postalSignatures,
  replacing: webhook.secrets > 1,
  failuresInARow: webhook.failuresInARow,
  pausedUntil: webhook.openUntil,
  lastUsedAt: webhook.lastUsedAt,
})

async function create(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const fields: WebhookFields = {
    name: await fieldOf(c, 'name'),
    url: await fieldOf(c, 'url'),
    events: await fieldsOf(c, 'events'),
    postalSignatures: (await fieldOf(c, 'postal_signatures')) === 'yes',
  }
  try {
    const { webhook, secret } = await createWebhook(place.manage, { mailServerId: place.mailServer.id, ...fields })
    return showSecretOf(c, deps, { place, webhook, secret, notice: 'Webhook added.', status: 201 })
  } catch (fault) {
    return list(c, deps, { fields, mistake: mistakeOf(fault) })
  }
}

type Shown = { readonly place: Place; readonly webhook: Webhook; readonly secret: string; readonly notice?: string; readonly status?: 201 }

async function showSecretOf(c: AdminContext, deps: AdminDeps, { place, webhook, secret, notice, status }: Shown): Promise<Response> {
  const facts = { name: webhook.name, secret, notice: notice ?? null }
  return send(c, <SecretPage view={viewOf(c, deps)} server={frameOf(place)} section="webhooks" {...facts} />, status)
}

async function webhookAt(c: AdminContext, deps: AdminDeps): Promise<{ place: Place; webhook: Webhook }> {
  const place = await mailServerPlace(c, deps)
  const webhook = await findWebhookByUuid(place.manage.db, place.mailServer.id, c.req.param('uuid') ?? '')
  if (!webhook) throw notFound('webhook')
  await requireMailServer(place.manage, place.mailServer.id, 'member')
  return { place, webhook }
}

async function update(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, webhook } = await webhookAt(c, deps)
  const [enabled, postalSignatures] = [await choiceOf(c, 'enabled'), await choiceOf(c, 'postal_signatures')]
  await updateWebhookSettings(place.manage, { id: webhook.id, ...given({ enabled, postalSignatures }) })
  return done(c, 'webhook.updated', `${place.path}/webhooks`)
}

/** Undefined when the form does not ask for it. */
async function choiceOf(c: AdminContext, name: string): Promise<boolean | undefined> {
  const value = await fieldOf(c, name)
  return value === '' ? undefined : value === 'yes'
}

async function showSecret(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, webhook } = await webhookAt(c, deps)
  return showSecretOf(c, deps, { place, webhook, secret: await revealWebhookSecret(place.manage, webhook) })
}

async function replaceSecret(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, webhook } = await webhookAt(c, deps)
  const { secret } = await rotateWebhookSecret(place.manage, webhook)
  return showSecretOf(c, deps, { place, webhook, secret, notice: SECRET_REPLACED })
}

async function retireSecret(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, webhook } = await webhookAt(c, deps)
  await finishWebhookRotation(place.manage, webhook)
  return done(c, 'secret.retired', `${place.path}/webhooks`)
}

async function remove(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, webhook } = await webhookAt(c, deps)
  await removeWebhook(place.manage, webhook)
  return done(c, 'webhook.deleted', `${place.path}/webhooks`)
}
