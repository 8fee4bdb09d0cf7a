/** What a route's page tells beside its settings. */
import type { ListedRoute } from '../../../manage/route-list.ts'
import { countArrivals } from '../../../store/arrivals.ts'
import type { Domain } from '../../../store/domains.ts'
import { WILDCARD_NAME } from '../../../store/route-lookup.ts'
import { listHref } from '../messages/filter.ts'
import type { Place } from '../place.ts'
import type { RouteDetails } from './show-page.tsx'

const DAYS = 7
const COUNT_MAX = 1_000
const DAY_MS = 86_400_000

export async function detailsOf(
  { manage, mailServer, path }: Place,
  route: ListedRoute,
  domain: Domain | undefined,
): Promise<RouteDetails> {
  const returnPath = domain ? null : `${mailServer.token}@${manage.dnsNames.returnPathDomain}`
  const wildcard = route.name === WILDCARD_NAME
  const to = returnPath ? `${mailServer.token}*` : wildcard ? `@${route.domainName}` : route.address
  return {
    ...{ route, domain, returnPath },
    arrivals: wildcard || !domain ? null : await arrivalsAt(manage, { mailServerId: mailServer.id, name: route.name, domain: domain.name }),
    messagesHref: listHref(`${path}/messages/incoming`, { to }),
  }
}

async function arrivalsAt(
  { db, clock }: Place['manage'],
  address: { readonly mailServerId: number; readonly name: string; readonly domain: string },
): Promise<RouteDetails['arrivals']> {
  const since = new Date(clock().getTime() - DAYS * DAY_MS)
  const count = await countArrivals(db, { ...address, since, max: COUNT_MAX })
  return { count, more: count >= COUNT_MAX, days: DAYS }
}
