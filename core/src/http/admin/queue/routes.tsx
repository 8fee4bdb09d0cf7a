/** The queue of a mail server. */
import { Hono } from 'hono'
import { isOperator } from '../../../manage/context.ts'
import { readMessages } from '../../../store/messages.ts'
import { listQueueEntries, type ServerQueue, summariseServerQueue } from '../../../store/queue-views.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { frameOf } from '../mail-servers/frame.tsx'
import type { Tile } from '../mail-servers/show-page.tsx'
import { mailServerPlace } from '../place.ts'
import { send } from '../send.ts'
import { siteHref } from '../sites/words.ts'
import { relativeTime } from '../ui/time.tsx'
import { viewOf } from '../ui/view.ts'
import { QueuePage } from './list-page.tsx'

const PER_PAGE = 50
const COUNT_MAX = 10_000

export function queueRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>().get('/queue', (c) => list(c, deps))
}

async function list(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const { manage, mailServer, path } = place
  const before = Number(c.req.query('before')) || undefined
  const [summary, found] = await Promise.all([
    summariseServerQueue(manage.db, mailServer.id, COUNT_MAX),
    listQueueEntries(manage.db, mailServer.id, { limit: PER_PAGE + 1, ...(before === undefined ? {} : { before }) }),
  ])
  const entries = found.slice(0, PER_PAGE)
  const messages = await readMessages(
    manage.db,
    entries.map(({ messageId }) => messageId),
  )
  const operator = isOperator(manage.actor)
  const rows = entries.map(({ messageId, state, ...entry }) => {
    const message = messages.get(messageId)
    return {
      ...entry,
      href: `${path}/messages/${messageId}`,
      subject: message?.subject ?? null,
      rcptTo: message?.rcptTo ?? null,
      delivering: state !== 'ready',
      siteHref: operator && entry.scope === 'outgoing' ? siteHref(entry.domain) : null,
    }
  })
  const props = {
    ...{ view: viewOf(c, deps), server: frameOf(place), rows, operator },
    tiles: tilesOf(summary, manage.clock()),
    previousHref: before === undefined ? null : `${path}/queue`,
    nextHref: found.length > PER_PAGE ? `${path}/queue?before=${entries.at(-1)?.messageId}` : null,
  }
  return send(c, <QueuePage {...props} />)
}

function tilesOf({ length, delivering, retrying, oldestMessageAt, nextDueAt }: ServerQueue, now: Date): Tile[] {
  const count = (value: number) => `${value.toLocaleString('en')}${length >= COUNT_MAX ? '+' : ''}`
  const next = nextDueAt === null ? 'none' : nextDueAt <= now ? 'now' : relativeTime(nextDueAt, now)
  return [
    { label: 'Queued', value: count(length), note: `${count(delivering)} being delivered` },
    { label: 'Waiting to retry', value: count(retrying) },
    { label: 'Oldest', value: oldestMessageAt ? relativeTime(oldestMessageAt, now) : 'none' },
    { label: 'Next due', value: next },
  ]
}
