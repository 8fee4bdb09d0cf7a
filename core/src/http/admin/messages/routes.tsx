/** Lists of messages, and what may be done to one. */
import { Hono } from 'hono'
import { readReportKinds } from '../../../store/inspections.ts'
import { searchMessages } from '../../../store/message-search.ts'
import { signedIn } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { frameOf } from '../mail-servers/frame.tsx'
import { mailServerPlace } from '../place.ts'
import { send } from '../send.ts'
import { viewOf } from '../ui/view.ts'
import { askedFor, FILTER_NAMES, type ListTab, listHref, readCursor, readFilter, TABS } from './filter.ts'
import { rowOf } from './list.tsx'
import { ListPage } from './list-page.tsx'
import { moveMessage, moveMessages } from './moves.ts'
import { showMessage } from './show.tsx'

const PER_PAGE = 50

export function messageRoutes(deps: AdminDeps): Hono<AdminEnv> {
  const routes = new Hono<AdminEnv>().get('/messages', (c) => c.redirect(`${c.req.path.replace(/\/$/, '')}/outgoing`, 303))
  for (const tab of TABS) routes.get(`/messages/${tab}`, (c) => list(c, deps, tab))
  return routes
    .get('/messages/:id', (c) => showMessage(c, deps))
    .post('/messages/moves', (c) => moveMessages(c, deps))
    .post('/messages/:id/moves', (c) => moveMessage(c, deps))
}

async function list(c: AdminContext, deps: AdminDeps, tab: ListTab): Promise<Response> {
  const { manage, mailServer, path, ...place } = await mailServerPlace(c, deps)
  const query = (name: string) => c.req.query(name)
  const filter = readFilter(query)
  const base = `${path}/messages/${tab}`
  // Forms send empty fields along; addresses to keep and share do without
  if (FILTER_NAMES.some((name) => query(name) === '')) return c.redirect(listHref(base, filter), 303)

  const { timeZone } = signedIn(c).user
  const { search, scope, problems } = askedFor(tab, filter, { timeZone, now: manage.clock() })
  const cursor = readCursor(query)
  const page = await searchMessages(manage.db, {
    ...{ mailServerId: mailServer.id, search, limit: PER_PAGE },
    ...(scope ? { scope } : {}),
    ...(cursor ? { cursor } : {}),
  })
  const returned = page.messages.filter((message) => message.bounce).map(({ id }) => id)
  const kinds = await readReportKinds(manage.db, mailServer.id, returned)
  const [first, last] = [page.messages[0], page.messages.at(-1)]
  const props = {
    view: viewOf(c, deps),
    server: frameOf({ manage, mailServer, path, ...place }),
    ...{ tab, filter, problems, oldestFirst: search.oldestFirst },
    rows: page.messages.map((message) => rowOf(message, path, kinds)),
    previousHref: page.previous ? listHref(base, filter, first && { direction: 'previous', id: first.id }) : null,
    nextHref: page.next && last ? listHref(base, filter, { direction: 'next', id: last.id }) : null,
  }
  return send(c, <ListPage {...props} />)
}
