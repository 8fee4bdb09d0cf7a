/** The routes of a domain or an endpoint, on its own page. */
import { type ListedRoute, routesOf } from '../../../manage/route-list.ts'
import type { RouteFilter } from '../../../store/routes.ts'
import type { Place } from '../place.ts'
import { RouteList } from './list-page.tsx'

/** `more` than are shown. */
export type UsedBy = { readonly routes: readonly ListedRoute[]; readonly more: boolean }

const SHOWN_MAX = 20

export async function usedBy(
  { manage, mailServer }: Place,
  filter: Required<Pick<RouteFilter, 'domainId'>> | Required<Pick<RouteFilter, 'endpoint'>>,
): Promise<UsedBy> {
  const found = await routesOf(manage, { mailServerId: mailServer.id, ...filter, limit: SHOWN_MAX + 1 })
  return { routes: found.slice(0, SHOWN_MAX), more: found.length > SHOWN_MAX }
}

/** In words, for what is to be removed. */
export const countOf = ({ routes, more }: UsedBy): string =>
  `${more ? 'more than ' : ''}${routes.length} ${routes.length === 1 ? 'route' : 'routes'}`

type Props = {
  readonly used: UsedBy
  readonly title: string
  readonly none: string
  readonly serverHref: string
  /** What finds all of them in the list of routes. */
  readonly search?: string
  readonly addHref: string | null
}

export const RoutesOf = ({ used, title, none, serverHref, search, addHref }: Props) => (
  <section class="card-group">
    <h2>{title}</h2>
    {used.routes.length > 0 ? <RouteList routes={used.routes} href={`${serverHref}/routes`} /> : <p class="panel quiet">{none}</p>}
    <p class="bar-actions card-more">
      {used.more && (
        <a class="button button-plain" href={`${serverHref}/routes${search === undefined ? '' : `?search=${encodeURIComponent(search)}`}`}>
          All routes
        </a>
      )}
      {addHref !== null && (
        <a class="button button-plain" href={addHref}>
          Add a route
        </a>
      )}
    </p>
  </section>
)
