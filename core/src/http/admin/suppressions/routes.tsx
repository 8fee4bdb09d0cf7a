/** The suppression list of a mail server: list, search, add, remove. */
import { Hono } from 'hono'
import { given } from '../../../manage/context.ts'
import { suppress, suppressionsOf, unsuppress } from '../../../manage/suppressions.ts'
import { done, fieldOf, mistakeOf } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { frameOf } from '../mail-servers/frame.tsx'
import { listHref } from '../messages/filter.ts'
import { mailServerPlace } from '../place.ts'
import { send } from '../send.ts'
import type { Mistake } from '../ui/form.tsx'
import { viewOf } from '../ui/view.ts'
import type { SuppressionFields } from './form.tsx'
import { SuppressionsPage } from './list-page.tsx'

const PER_PAGE = 30

export function suppressionRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>()
    .get('/suppressions', (c) => list(c, deps))
    .post('/suppressions', (c) => add(c, deps))
    .post('/suppressions/removal', (c) => remove(c, deps))
}

async function list(c: AdminContext, deps: AdminDeps, refused?: { fields: SuppressionFields; mistake: Mistake }): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const { manage, mailServer, path } = place
  const search = c.req.query('search') ?? ''
  const after = c.req.query('after')
  const found = await suppressionsOf(manage, { mailServerId: mailServer.id, limit: PER_PAGE + 1, search, ...given({ after }) })
  const rows = found.slice(0, PER_PAGE)
  const href = (query: Record<string, string>) => `${path}/suppressions?${new URLSearchParams({ ...(search ? { search } : {}), ...query })}`
  const props = {
    ...{ view: viewOf(c, deps), server: frameOf(place), search },
    rows: rows.map((row) => ({ ...row, messagesHref: listHref(`${path}/messages/outgoing`, { to: row.address }) })),
    previousHref: after === undefined ? null : href({}),
    nextHref: found.length > PER_PAGE ? href({ after: rows.at(-1)?.address ?? '' }) : null,
  }
  return send(c, <SuppressionsPage {...props} {...refused} />, refused ? 422 : 200)
}

async function add(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { manage, mailServer, path } = await mailServerPlace(c, deps)
  const fields = { address: await fieldOf(c, 'address'), reason: await fieldOf(c, 'reason'), days: await fieldOf(c, 'days') }
  try {
    const days = fields.days.trim() === '' ? undefined : Number(fields.days)
    const reason = fields.reason.trim() === '' ? undefined : fields.reason
    await suppress(manage, { mailServerId: mailServer.id, address: fields.address, ...given({ days, reason }) })
    return done(c, 'suppression.added', `${path}/suppressions`)
  } catch (fault) {
    return list(c, deps, { fields, mistake: mistakeOf(fault) })
  }
}

async function remove(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { manage, mailServer, path } = await mailServerPlace(c, deps)
  const removed = await unsuppress(manage, { mailServerId: mailServer.id, address: await fieldOf(c, 'address') })
  return done(c, removed ? 'suppression.removed' : 'suppression.over', `${path}/suppressions`)
}
