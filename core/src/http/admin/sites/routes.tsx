/** Sites that mail goes to, and their limits: list, show, ask, set, lift. For operators only. */
import { Hono } from 'hono'
import { explainSite } from '../../../delivery/explain.ts'
import { isProviderName } from '../../../delivery/providers.ts'
import { type NamedSite, siteNamed } from '../../../delivery/site-name.ts'
import { requireOperator } from '../../../manage/context.ts'
import { siteDetails } from '../../../manage/site-details.ts'
import { liftSiteLimitBy, setSiteLimit } from '../../../manage/site-limits.ts'
import { createLines, type ReadLines, siteOverview } from '../../../manage/site-overview.ts'
import { done, fieldOf, manageAs, mistakeOf } from '../act.ts'
import { type AdminContext, type AdminDeps, type AdminEnv, originOf } from '../deps.ts'
import { explainingFor } from '../explaining.ts'
import { safeReturnTo } from '../return-to.ts'
import { send } from '../send.ts'
import type { Mistake } from '../ui/form.tsx'
import { viewOf } from '../ui/view.ts'
import type { LimitFields } from './limits.tsx'
import { SitesPage } from './list-page.tsx'
import { SitePage } from './show-page.tsx'
import { siteHref } from './words.ts'

type SiteDeps = AdminDeps & { readonly readLines: ReadLines }

export function siteRoutes(deps: AdminDeps): Hono<AdminEnv> {
  const all = { ...deps, readLines: createLines(deps.manage) }
  return new Hono<AdminEnv>()
    .get('/sites', (c) => list(c, all))
    .post('/sites/limits/:id/removal', (c) => lift(c, all))
    .get('/sites/:name', (c) => show(c, all))
    .post('/sites/:name/limits', (c) => limit(c, all))
}

async function list(c: AdminContext, deps: SiteDeps): Promise<Response> {
  const asked = c.req.query('ask')?.trim()
  if (asked) return c.redirect(siteHref(asked), 303)
  return send(c, <SitesPage view={viewOf(c, deps)} overview={await siteOverview(manageAs(c, deps), deps.readLines)} />)
}

const NAME_MAX = 255

/** @throws AppError `auth.forbidden` */
async function named(c: AdminContext, deps: SiteDeps): Promise<NamedSite> {
  requireOperator(manageAs(c, deps))
  return siteNamed(explainingFor(deps.manage, deps), (c.req.param('name') ?? '').slice(0, NAME_MAX))
}

const show = async (c: AdminContext, deps: SiteDeps): Promise<Response> => showSite(c, deps, await named(c, deps))

type Refused = { readonly fields: LimitFields; readonly mistake: Mistake }

async function showSite(c: AdminContext, deps: SiteDeps, { site, domain }: NamedSite, refused?: Refused): Promise<Response> {
  const provider = isProviderName(site) ? site : 'other'
  const details = await siteDetails(manageAs(c, deps), deps.readLines, { site, provider })
  // A site is explained by one of its domains.
  const { lines } = await explainSite(explainingFor(deps.manage, deps), domain ?? details.domains[0] ?? site)
  const page = <SitePage {...{ view: viewOf(c, deps), name: domain ?? site, details, lines }} {...(refused ? { refused } : {})} />
  return send(c, page, refused ? 422 : 200)
}

async function limit(c: AdminContext, deps: SiteDeps): Promise<Response> {
  const place = await named(c, deps)
  const fields = {
    kind: await fieldOf(c, 'kind'),
    amount: await fieldOf(c, 'amount'),
    minutes: await fieldOf(c, 'minutes'),
    reason: await fieldOf(c, 'reason'),
  }
  try {
    const amount = fields.amount.trim() === '' ? {} : { amount: Number(fields.amount) }
    const { kind, reason, minutes } = fields
    await setSiteLimit(manageAs(c, deps), { site: place.site, kind, reason, minutes: Number(minutes) || 0, ...amount })
    return done(c, 'site_limit.set', siteHref(place.site))
  } catch (fault) {
    return showSite(c, deps, place, { fields, mistake: mistakeOf(fault) })
  }
}

async function lift(c: AdminContext, deps: SiteDeps): Promise<Response> {
  const lifted = await liftSiteLimitBy(manageAs(c, deps), { id: Number(c.req.param('id')) || 0 })
  return done(c, lifted ? 'site_limit.lifted' : 'site_limit.over', safeReturnTo((await fieldOf(c, 'return_to')) || '/sites', originOf(c)))
}
