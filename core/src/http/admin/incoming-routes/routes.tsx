/** Routes of incoming mail: list, find, try out, add, change, remove. */
import { Hono } from 'hono'
import { endpointsOf } from '../../../manage/endpoint-list.ts'
import { getRoute, type ListedRoute, routesOf } from '../../../manage/route-list.ts'
import { tryAddress } from '../../../manage/route-trial.ts'
import { createRoute, removeRoute, updateRouteSettings } from '../../../manage/routes.ts'
import { type Domain, findDomain, listDomains } from '../../../store/domains.ts'
import { done, mistakeOf } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { placeToChange } from '../endpoints/endpoint-place.ts'
import { frameOf } from '../mail-servers/frame.tsx'
import { mailServerPlace, type Place } from '../place.ts'
import { send } from '../send.ts'
import type { Mistake } from '../ui/form.tsx'
import { viewOf } from '../ui/view.ts'
import { detailsOf } from './details.ts'
import { blankFields, fieldsFrom, type RouteChoices, type RouteFields, readFields, routeInput } from './fields.ts'
import { RoutesPage } from './list-page.tsx'
import { NewRoutePage } from './new-page.tsx'
import { RoutePage } from './show-page.tsx'
import type { TriedAddress } from './trial.tsx'

const PER_PAGE = 30
/** Those that may be chosen from are offered in one list. */
const DOMAINS_MAX = 500

export function incomingRouteRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>()
    .get('/routes', (c) => list(c, deps))
    .post('/routes', (c) => create(c, deps))
    .get('/routes/new', (c) => showNew(c, deps))
    .get('/routes/:uuid', (c) => show(c, deps))
    .post('/routes/:uuid/settings', (c) => update(c, deps))
    .post('/routes/:uuid/removal', (c) => remove(c, deps))
}

async function list(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const search = (c.req.query('search') ?? '').trim()
  const after = Number(c.req.query('after')) || 0
  const [found, tried] = await Promise.all([
    routesOf(place.manage, { mailServerId: place.mailServer.id, search, after, limit: PER_PAGE + 1 }),
    triedAt(place, c.req.query('address')),
  ])
  const routes = found.slice(0, PER_PAGE)
  const href = (query: Record<string, string>) => `${place.path}/routes?${new URLSearchParams({ ...(search ? { search } : {}), ...query })}`
  const props = {
    ...{ view: viewOf(c, deps), server: frameOf(place), routes, search, tried },
    previousHref: after === 0 ? null : href({}),
    nextHref: found.length > PER_PAGE ? href({ after: String(routes.at(-1)?.id) }) : null,
  }
  return send(c, <RoutesPage {...props} />, tried?.mistake ? 422 : 200)
}

async function triedAt({ manage, mailServer }: Place, address: string | undefined): Promise<TriedAddress | null> {
  if (address === undefined) return null
  try {
    return { address, trial: await tryAddress(manage, { mailServerId: mailServer.id, address }) }
  } catch (fault) {
    return { address, mistake: mistakeOf(fault) }
  }
}

async function choicesOf({ manage, mailServer }: Place): Promise<RouteChoices> {
  const { organizationId, id } = mailServer
  const [own, shared, endpoints] = await Promise.all([
    listDomains(manage.db, { organizationId, mailServerId: id, limit: DOMAINS_MAX }),
    listDomains(manage.db, { organizationId, mailServerId: null, limit: DOMAINS_MAX }),
    endpointsOf(manage, id),
  ])
  const domains = [...own, ...shared].filter(({ verifiedAt }) => verifiedAt !== null)
  return { domains: domains.sort((a, b) => a.name.localeCompare(b.name)), endpoints }
}

type Refused = { readonly fields: RouteFields; readonly mistake: Mistake }

async function showNew(c: AdminContext, deps: AdminDeps, refused?: Refused): Promise<Response> {
  const place = await placeToChange(c, deps)
  const choices = await choicesOf(place)
  const shown = refused ?? { fields: blankFields(c, choices) }
  return send(c, <NewRoutePage view={viewOf(c, deps)} server={frameOf(place)} choices={choices} {...shown} />, refused ? 422 : 200)
}

async function create(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await placeToChange(c, deps)
  const fields = await readFields(c)
  try {
    const input = routeInput(fields, await choicesOf(place))
    const { uuid } = await createRoute(place.manage, { ...input, mailServerId: place.mailServer.id })
    return done(c, 'route.created', `${place.path}/routes/${uuid}`)
  } catch (fault) {
    return showNew(c, deps, { fields, mistake: mistakeOf(fault) })
  }
}

type RoutePlace = {
  readonly place: Place
  readonly route: ListedRoute
  readonly domain: Domain | undefined
  readonly choices: RouteChoices
}

/** The choices hold the route's own domain, whatever has become of it. */
async function routeAt(c: AdminContext, place: Place): Promise<RoutePlace> {
  const route = await getRoute(place.manage, { mailServerId: place.mailServer.id, uuid: c.req.param('uuid') ?? '' })
  const [choices, domain] = await Promise.all([
    choicesOf(place),
    route.domainId === null ? undefined : findDomain(place.manage.db, route.domainId),
  ])
  const domains = domain && !choices.domains.some(({ id }) => id === domain.id) ? [...choices.domains, domain] : choices.domains
  return { place, route, domain, choices: { ...choices, domains } }
}

async function show(c: AdminContext, deps: AdminDeps, refused?: Refused): Promise<Response> {
  const place = await mailServerPlace(c, deps)
  const { route, domain, choices } = await routeAt(c, place)
  const details = await detailsOf(place, route, domain)
  const shown = refused ?? { fields: fieldsFrom(route, choices) }
  const page = <RoutePage view={viewOf(c, deps)} server={frameOf(place)} details={details} choices={choices} {...shown} />
  return send(c, page, refused ? 422 : 200)
}

async function update(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { place, route, choices } = await routeAt(c, await placeToChange(c, deps))
  const fields = await readFields(c)
  try {
    await updateRouteSettings(place.manage, { id: route.id, ...routeInput(fields, choices) })
    return done(c, 'route.updated', `${place.path}/routes/${route.uuid}`)
  } catch (fault) {
    return show(c, deps, { fields, mistake: mistakeOf(fault) })
  }
}

async function remove(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const place = await placeToChange(c, deps)
  const { id } = await getRoute(place.manage, { mailServerId: place.mailServer.id, uuid: c.req.param('uuid') ?? '' })
  await removeRoute(place.manage, { id })
  return done(c, 'route.deleted', `${place.path}/routes`)
}
