/** The history of webhooks: list, one request, send it again. */
import { Hono } from 'hono'
import { webhookHistory, webhookRequestStory } from '../../../manage/webhook-history.ts'
import { replayWebhookRequest } from '../../../manage/webhook-replay.ts'
import { listWebhooks } from '../../../store/webhooks.ts'
import { done } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { frameOf } from '../mail-servers/frame.tsx'
import { mailServerPlace, type Place } from '../place.ts'
import { send } from '../send.ts'
import { viewOf } from '../ui/view.ts'
import { HistoryPage } from './history-page.tsx'
import { RequestPage } from './request-page.tsx'

const PER_PAGE = 50
const WEBHOOKS_MAX = 500

export function webhookHistoryRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>()
    .get('/webhooks/requests', (c) => list(c, deps))
    .get('/webhooks/requests/:uuid', (c) => show(c, deps))
    .post('/webhooks/requests/:uuid/replay', (c) => replay(c, deps))
}

async function list(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const href = `${place.path}/webhooks/requests`
  const before = Number(c.req.query('before')) || undefined
  const page = { limit: PER_PAGE + 1, ...(before === undefined ? {} : { before }) }
  const found = await webhookHistory(place.manage, { mailServerId: place.mailServer.id }, page)
  const shown = found.slice(0, PER_PAGE)
  const names = await namesOf(place)
  const rows = shown.map(({ uuid, webhookId, ...row }) => ({ ...row, href: `${href}/${uuid}`, webhook: names(webhookId) }))
  const next = found.length > PER_PAGE ? `${href}?before=${shown.at(-1)?.id}` : null
  const props = { view: viewOf(c, deps), server: frameOf(place), rows, previousHref: before === undefined ? null : href, nextHref: next }
  return send(c, <HistoryPage {...props} />)
}

async function namesOf({ manage, mailServer }: Place): Promise<(id: number) => string> {
  const webhooks = await listWebhooks(manage.db, { mailServerId: mailServer.id, limit: WEBHOOKS_MAX })
  const names = new Map(webhooks.map(({ id, name }) => [id, name]))
  return (id) => names.get(id) ?? 'a webhook that is gone'
}

const uuidOf = (c: AdminContext): string => c.req.param('uuid') ?? ''

async function show(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const request = await webhookRequestStory(place.manage, { mailServerId: place.mailServer.id, uuid: uuidOf(c) })
  const webhook = (await namesOf(place))(request.webhookId)
  const href = `${place.path}/webhooks/requests/${request.uuid}`
  return send(c, <RequestPage view={viewOf(c, deps)} server={frameOf(place)} href={href} webhook={webhook} request={request} />)
}

async function replay(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const uuid = uuidOf(c)
  await replayWebhookRequest(place.manage, { mailServerId: place.mailServer.id, uuid })
  return done(c, 'webhook.replayed', `${place.path}/webhooks/requests/${uuid}`)
}
