/** Blocks after too many failures: list and lift. For operators only. */
import { Hono } from 'hono'
import { blocksInForce, liftBlockBy } from '../../../manage/blocks.ts'
import { done, fieldOf, manageAs } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { send } from '../send.ts'
import { viewOf } from '../ui/view.ts'
import { BlocksPage } from './list-page.tsx'

export function blockRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>().get('/blocks', (c) => list(c, deps)).post('/blocks/removal', (c) => lift(c, deps))
}

async function list(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const blocks = await blocksInForce(manageAs(c, deps))
  return send(c, <BlocksPage view={viewOf(c, deps)} blocks={blocks} />)
}

async function lift(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const subject = { kind: await fieldOf(c, 'kind'), subject: await fieldOf(c, 'subject') }
  const lifted = await liftBlockBy(manageAs(c, deps), subject)
  return done(c, lifted ? 'block.lifted' : 'block.over', '/blocks')
}
