/** The start page, and organizations. What is listed is what one may see: members their own, operators all. */
import { Hono } from 'hono'
import { isOperator, type Manage } from '../../../manage/context.ts'
import { listIpPools } from '../../../store/ip-pools.ts'
import type { MailServer } from '../../../store/mail-servers.ts'
import { listOrganizations, type Organization } from '../../../store/organizations.ts'
import { hourlyStatisticsOf, mailServersOf, type ServerHour } from '../../../store/overview.ts'
import { manageAs, signedIn } from '../act.ts'
import type { AdminContext, AdminDeps, AdminEnv } from '../deps.ts'
import { mailServerPath, organizationPath, organizationPlace } from '../place.ts'
import { send } from '../send.ts'
import { lastHours } from '../ui/chart.tsx'
import { viewOf } from '../ui/view.ts'
import { type OrganizationCard, StartPage } from './list-page.tsx'
import { OrganizationPage } from './show-page.tsx'

const ORGANIZATIONS_PER_PAGE = 50
const SERVERS_MAX = 500
const DAY_MS = 86_400_000

export function organizationRoutes(deps: AdminDeps): Hono<AdminEnv> {
  return new Hono<AdminEnv>().get('/', (c) => start(c, deps)).get('/org/:organization', (c) => show(c, deps))
}

async function start(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const manage = manageAs(c, deps)
  const after = Number(c.req.query('after')) || 0
  const own = isOperator(manage.actor) ? {} : { userId: signedIn(c).user.id }
  const found = await listOrganizations(manage.db, { ...own, after, limit: ORGANIZATIONS_PER_PAGE + 1 })
  const organizations = found.slice(0, ORGANIZATIONS_PER_PAGE)
  const { cards, hours } = await glance(manage, organizations)
  const nextHref = found.length > ORGANIZATIONS_PER_PAGE ? `/?after=${organizations.at(-1)?.id}` : null
  return send(c, <StartPage view={viewOf(c, deps)} organizations={cards} hours={hours} nextHref={nextHref} />)
}

async function show(c: AdminContext, deps: AdminDeps): Promise<Response> {
  const { manage, organization } = await organizationPlace(c, deps)
  const [{ cards, hours }, pools] = await Promise.all([
    glance(manage, [organization]),
    listIpPools(manage.db, { organizationId: organization.id }),
  ])
  const [card] = cards
  const page = card && (
    <OrganizationPage
      view={viewOf(c, deps)}
      organization={card}
      hours={hours}
      poolsHref={pools.length > 0 ? `${organizationPath(organization)}/ip-pools` : null}
      suspended={organization.suspendedAt && (organization.suspensionReason ?? 'no reason given')}
    />
  )
  return page ? send(c, page) : c.notFound()
}

async function glance(manage: Manage, organizations: readonly Organization[]) {
  const now = manage.clock()
  const ids = organizations.map(({ id }) => id)
  const servers = await mailServersOf(manage.db, ids, SERVERS_MAX)
  const serverIds = servers.map(({ id }) => id)
  const counted = await hourlyStatisticsOf(manage.db, serverIds, new Date(now.getTime() - DAY_MS))
  const cards = organizations.map((organization) => toCard(organization, { servers, counted, now }))
  return { cards, hours: lastHours(counted, now) }
}

type Found = { readonly servers: readonly MailServer[]; readonly counted: readonly ServerHour[]; readonly now: Date }

const toCard = (organization: Organization, { servers, counted, now }: Found): OrganizationCard => ({
  name: organization.name,
  href: organizationPath(organization),
  servers: servers
    .filter((server) => server.organizationId === organization.id)
    .map((server) => ({
      name: server.name,
      href: mailServerPath(organization, server),
      state: organization.suspendedAt || server.suspendedAt ? 'suspended' : server.mode,
      hours: lastHours(
        counted.filter((one) => one.mailServerId === server.id),
        now,
      ),
    })),
})
